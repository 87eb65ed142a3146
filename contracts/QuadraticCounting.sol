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
    /// @dev One slot. The supply is 10^27 wei < 2^90, and Σ √x ≤ Σ x.
    struct Tally {
        uint128 raw;
        uint128 ballots;
    }

    struct Count {
        mapping(uint8 support => Tally) tallies;
        mapping(address voter => bool) hasVoted;
    }

    uint8 internal constant AGAINST = 0;
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
        mapping(uint8 support => Tally) storage tallies = _counts[proposalId].tallies;
        return (tallies[AGAINST].raw, tallies[FOR].raw, tallies[ABSTAIN].raw);
    }

    /// @inheritdoc IX0TGovernor
    function proposalBallots(uint256 proposalId) external view returns (uint256, uint256, uint256) {
        mapping(uint8 support => Tally) storage tallies = _counts[proposalId].tallies;
        return (tallies[AGAINST].ballots, tallies[FOR].ballots, tallies[ABSTAIN].ballots);
    }

    /// @inheritdoc IX0TGovernor
    function isLeading(uint256 proposalId) external view returns (bool) {
        return _voteSucceeded(proposalId);
    }

    /// @dev Who had nothing at stake is told so, rather than counted as 0: whoever votes too young learns why.
    function _countVote(
        uint256 proposalId,
        address account,
        uint8 support,
        uint256 units,
        bytes memory
    ) internal virtual override returns (uint256) {
        Count storage count = _counts[proposalId];
        if (count.hasVoted[account]) revert GovernorAlreadyCastVote(account);
        if (support > ABSTAIN) revert GovernorInvalidVoteType();
        if (units == 0) revert X0TGovernor_NoUnits(account, proposalSnapshot(proposalId));
        count.hasVoted[account] = true;
        Tally storage tally = count.tallies[support];
        // forge-lint: disable-next-line(unsafe-typecast) the supply is below 2^90
        tally.raw += uint128(units);
        tally.ballots += uint128(Math.sqrt(units));
        return units;
    }

    function _quorumReached(uint256 proposalId) internal view override returns (bool) {
        return _quorumVotes(proposalId) >= quorum(proposalSnapshot(proposalId));
    }

    /// @dev GOV-2.
    function _voteSucceeded(uint256 proposalId) internal view override returns (bool) {
        Tally memory yes = _counts[proposalId].tallies[FOR];
        Tally memory no = _counts[proposalId].tallies[AGAINST];
        if (yes.raw <= no.raw) return false;
        return yes.ballots > no.ballots || yes.raw >= 2 * uint256(no.raw);
    }

    function _quorumVotes(uint256 proposalId) internal view returns (uint256) {
        mapping(uint8 support => Tally) storage tallies = _counts[proposalId].tallies;
        return uint256(tallies[FOR].raw) + tallies[ABSTAIN].raw;
    }
}
