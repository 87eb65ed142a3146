// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {EpochSeeds} from "./EpochSeeds.sol";
import {IProofLedger} from "./interfaces/IProofLedger.sol";
import {Bits} from "./libraries/Bits.sol";

/// @title What the ledger keeps of commits, and the bonus for a week of proved uptime (PRF-3)
/// @dev A commit for epoch e looks back on the epochs [e − LAG − WINDOW, e − LAG). All of them are final by then, and
/// maintenance is announced ahead, so nothing that a window counts can change: each node keeps one window, which a
/// commit moves to where it looks by reading only the records that enter and leave.
abstract contract BonusWindow is EpochSeeds {
    using Bits for uint128;

    /// @dev A commit writes the first two slots, the third only a challenge. The weight is not kept: it follows from
    /// stake of the past, which never changes; nor is the cid, which no contract reads. `open` counts unanswered
    /// challenges (at most 128) and stays above 0 once the commit is void; `firstOpen` is the earliest one's id.
    struct Record {
        uint128 bitmap;
        uint64 relayedBytes;
        uint40 committedAt;
        uint8 open;
        uint8 firstOpen;
        uint8 flags;
        bytes32 receiptsRoot;
        uint128 named;
    }

    /// @dev One slot a node. The window ends before epoch `windowEnd` and reaches back over WINDOW epochs, but not to
    /// before the node was last activated. `tally` = epochs voided · VOIDED + epochs outside maintenance · COUNTED +
    /// slots proved in these: at most 128 · 168 < COUNTED.
    struct Progress {
        uint64 lastCommitted;
        // Challenges of the node that are open, or unanswered and not yet enforced.
        uint32 openChallenges;
        uint64 windowEnd;
        // No maintenance is announced from this epoch on.
        uint64 maintainedBefore;
        uint32 tally;
    }

    struct History {
        Progress progress;
        mapping(uint64 epoch => Record) records;
        // Bit e mod 256 of word e / 256.
        mapping(uint256 word => uint256) maintenance;
    }

    uint8 internal constant ENFORCED = 1;
    uint8 internal constant BONUS = 2;
    uint32 private constant COUNTED = 1 << 16;
    uint32 private constant VOIDED = 1 << 24;
    uint64 private constant WINDOW = 168;
    uint256 private constant MAX_MAINTENANCE = 6;
    uint256 private constant LEAST_PERCENT = 99;

    uint8 internal immutable SLOTS;
    uint64 internal immutable COMMIT;
    uint64 internal immutable CHALLENGE;
    uint64 internal immutable RESPONSE;
    /// @dev Epochs older than this are final when a commit looks back.
    uint64 private immutable LAG;

    mapping(uint32 node => History) internal _histories;

    constructor(uint8 slotsPerEpoch, uint64 commitSeconds, uint64 challengeSeconds, uint64 responseSeconds) {
        bool good = slotsPerEpoch > 0 &&
            slotsPerEpoch <= 128 &&
            EPOCH % slotsPerEpoch == 0 &&
            commitSeconds > 0 &&
            challengeSeconds > 0 &&
            responseSeconds > 0;
        if (!good) revert ProofLedger_BadParameters();
        SLOTS = slotsPerEpoch;
        COMMIT = commitSeconds;
        CHALLENGE = challengeSeconds;
        RESPONSE = responseSeconds;
        LAG = (commitSeconds + challengeSeconds + responseSeconds + EPOCH - 1) / EPOCH + 1;
    }

    /// @inheritdoc IProofLedger
    function isMaintenance(uint32 node, uint64 epoch) external view returns (bool) {
        return _isSet(_histories[node], epoch);
    }

    function _announce(uint32 node, uint64 first, uint64 count) internal {
        uint256 end = uint256(first) + count;
        // forge-lint: disable-next-line(block-timestamp) windows are hours, a proposer moves seconds
        bool ahead = uint256(first) * EPOCH >= block.timestamp + EPOCH && end <= type(uint64).max;
        if (!ahead || count == 0) revert ProofLedger_BadMaintenance(first, count);
        History storage history = _histories[node];
        for (uint256 epoch = first; epoch < end && epoch - first <= MAX_MAINTENANCE; ++epoch) {
            history.maintenance[epoch >> 8] |= _bit(epoch);
        }
        _checkMaintenance(node, history, (first >> 8) - 1, (end >> 8) + 1);
        // forge-lint: disable-next-line(unsafe-typecast) checked above
        if (end > history.progress.maintainedBefore) history.progress.maintainedBefore = uint64(end);
        emit MaintenanceAnnounced(node, first, count);
    }

    /// @dev Of all maintenance in these words no seven epochs may lie within a week. A word of margin on either side of
    /// what was announced is more than a week.
    function _checkMaintenance(uint32 node, History storage history, uint256 word, uint256 lastWord) private view {
        uint256[MAX_MAINTENANCE] memory latest;
        uint256 seen = 0;
        for (; word <= lastWord; ++word) {
            for (uint256 bits = history.maintenance[word]; bits != 0; bits &= bits - 1) {
                uint256 epoch = word * 256 + Math.log2(bits & (~bits + 1));
                uint256 place = seen++ % MAX_MAINTENANCE;
                // The sixth before it.
                if (seen > MAX_MAINTENANCE && epoch - latest[place] < WINDOW) {
                    revert ProofLedger_TooMuchMaintenance(node, MAX_MAINTENANCE);
                }
                latest[place] = epoch;
            }
        }
    }

    /// @dev A commit for `epoch` moves the window to where it looks. Unchecked: all epochs are of the past.
    /// @param activatedIn the epoch in which the node last became active: what came before it does not count.
    /// @return bonus whether the commit earns it.
    function _advance(History storage history, uint64 epoch, uint64 activatedIn) internal returns (bool bonus) {
        Progress storage progress = history.progress;
        (uint64 last, uint64 end, uint32 tally) = (progress.lastCommitted, progress.windowEnd, progress.tally);
        unchecked {
            uint64 first = activatedIn + 1;
            if (epoch >= first + LAG) {
                tally = _slide(history, tally, first, end, epoch - LAG);
                end = epoch - LAG;
                bonus = end >= first + WINDOW && _isBonus(tally);
            }
        }
        if (epoch > last) last = epoch;
        // Nothing in between, so that they are written at once.
        progress.lastCommitted = last;
        progress.windowEnd = end;
        progress.tally = tally;
    }

    /// @dev The tally of [max(first, end − WINDOW), end), from that of the window that ends at `edge`: the same,
    /// whichever way it came there. Unchecked: what leaves has entered.
    function _slide(
        History storage history,
        uint32 tally,
        uint64 first,
        uint64 edge,
        uint64 end
    ) private view returns (uint32) {
        unchecked {
            uint64 known = history.progress.maintainedBefore;
            bool near = edge >= first && (edge < end ? end - edge : edge - end) <= WINDOW / 2;
            if (!near) {
                tally = 0;
                edge = end > first + WINDOW ? end - WINDOW : first;
                for (; edge < end; ++edge) tally += _tallyOf(history, edge, known);
            }
            for (; edge < end; ++edge) {
                tally += _tallyOf(history, edge, known);
                if (edge >= first + WINDOW) tally -= _tallyOf(history, edge - WINDOW, known);
            }
            // A commit for an earlier epoch than the last one.
            for (; edge > end; --edge) {
                tally -= _tallyOf(history, edge - 1, known);
                if (edge > first + WINDOW) tally += _tallyOf(history, edge - 1 - WINDOW, known);
            }
        }
        return tally;
    }

    /// @dev What a final epoch adds to a window. A challenge of it that is open will stay so: the commit is void.
    /// @param maintainedBefore as of the node: epochs from there on are no maintenance.
    function _tallyOf(History storage history, uint64 epoch, uint64 maintainedBefore) private view returns (uint32) {
        Record storage record = history.records[epoch];
        (uint128 bitmap, uint8 open) = (record.bitmap, record.open);
        bool counts = epoch >= maintainedBefore || !_isSet(history, epoch);
        if (open > 0) return counts ? VOIDED + COUNTED : VOIDED;
        return counts ? COUNTED + bitmap.count() : 0;
    }

    /// @dev Nothing voided and 99 % proved; maintenance leaves at least 162 of the 168 epochs to count.
    function _isBonus(uint32 tally) private view returns (bool) {
        unchecked {
            return tally < VOIDED && (tally % COUNTED) * 100 >= LEAST_PERCENT * SLOTS * (tally / COUNTED);
        }
    }

    function _isSet(History storage history, uint256 epoch) private view returns (bool) {
        return history.maintenance[epoch >> 8] & _bit(epoch) != 0;
    }

    function _bit(uint256 epoch) private pure returns (uint256) {
        // forge-lint: disable-next-line(incorrect-shift) one bit, at the epoch's place
        return 1 << (epoch & 0xff);
    }
}
