// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Governor} from "@openzeppelin/contracts/governance/Governor.sol";
import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IX0TGovernor} from "./interfaces/IX0TGovernor.sol";

/// @title Two tallies of each vote: raw stake, and ballots (its square root) (GOV-1, GOV-2)
/// @dev The one place where a root is taken. Neither tally alone decides: by stake alone a whale rules, by ballots
/// alone whoever splits a stake over many wallets.
abstract contract QuadraticCounting is Governor, IX0TGovernor {
    struct Count {
        Tally raw;
        Tally ballots;
        mapping(address voter => bool) hasVoted;
    }

    uint8 private constant AGAINST = 0;
    uint8 private constant FOR = 1;
    uint8 private constant ABSTAIN = 2;

    mapping(uint256 proposalId => Count) private _counts;

    // solhint-disable-next-line func-name-mixedcase
    function COUNTING_MODE() external pure returns (string memory) {
        return "support=bravo&quorum=for,abstain";
    }

    /// @inheritdoc IGovernor
    function hasVoted(uint256 proposalId, address account) external view returns (bool) {
        return _counts[proposalId].hasVoted[account];
    }

    /// @inheritdoc IX0TGovernor
    function proposalVotes(uint256 proposalId) external view returns (uint256, uint256, uint256) {
        Tally storage raw = _counts[proposalId].raw;
        return (raw.against, raw.forVotes, raw.abstain);
    }

    /// @inheritdoc IX0TGovernor
    function proposalBallots(uint256 proposalId) external view returns (uint256, uint256, uint256) {
        Tally storage ballots = _counts[proposalId].ballots;
        return (ballots.against, ballots.forVotes, ballots.abstain);
    }

    /// @inheritdoc IX0TGovernor
    function isLeading(uint256 proposalId) external view returns (bool) {
        return _voteSucceeded(proposalId);
    }

    function _countVote(
        uint256 proposalId,
        address account,
        uint8 support,
        uint256 units,
        bytes memory
    ) internal override returns (uint256) {
        Count storage count = _counts[proposalId];
        if (count.hasVoted[account]) revert GovernorAlreadyCastVote(account);
        count.hasVoted[account] = true;
        uint256 ballot = Math.sqrt(units);
        if (support == AGAINST) {
            count.raw.against += units;
            count.ballots.against += ballot;
        } else if (support == FOR) {
            count.raw.forVotes += units;
            count.ballots.forVotes += ballot;
        } else if (support == ABSTAIN) {
            count.raw.abstain += units;
            count.ballots.abstain += ballot;
        } else {
            revert GovernorInvalidVoteType();
        }
        return units;
    }

    function _quorumReached(uint256 proposalId) internal view override returns (bool) {
        return _quorumVotes(proposalId) >= quorum(proposalSnapshot(proposalId));
    }

    /// @dev GOV-2.
    function _voteSucceeded(uint256 proposalId) internal view override returns (bool) {
        Count storage count = _counts[proposalId];
        (uint256 rawFor, uint256 rawAgainst) = (count.raw.forVotes, count.raw.against);
        if (rawFor <= rawAgainst) return false;
        return count.ballots.forVotes > count.ballots.against || rawFor >= 2 * rawAgainst;
    }

    function _quorumVotes(uint256 proposalId) internal view returns (uint256) {
        Tally storage raw = _counts[proposalId].raw;
        return raw.forVotes + raw.abstain;
    }
}
