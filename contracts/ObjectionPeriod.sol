// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Governor} from "@openzeppelin/contracts/governance/Governor.sol";
import {GovernorPreventLateQuorum} from "@openzeppelin/contracts/governance/extensions/GovernorPreventLateQuorum.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IX0TGovernor} from "./interfaces/IX0TGovernor.sol";
import {QuadraticCounting} from "./QuadraticCounting.sol";

/// @title Time to object to a proposal that a late vote turned (GOV-2)
/// @dev The late-quorum extension alone is passed by: reach the quorum early by abstaining, which alarms nobody, and
/// vote For in the last second. So a vote that makes a proposal pass within the last extension of its voting opens an
/// extension more, in which only Against counts: no vote can turn it back, so it ends.
abstract contract ObjectionPeriod is QuadraticCounting, GovernorPreventLateQuorum {
    mapping(uint256 proposalId => uint48) private _objectionsUntil;

    /// @inheritdoc IX0TGovernor
    function objectionsFrom(uint256 proposalId) external view returns (uint256) {
        return super.proposalDeadline(proposalId);
    }

    function proposalDeadline(
        uint256 proposalId
    ) public view virtual override(Governor, GovernorPreventLateQuorum) returns (uint256) {
        return Math.max(super.proposalDeadline(proposalId), _objectionsUntil[proposalId]);
    }

    function _countVote(
        uint256 proposalId,
        address account,
        uint8 support,
        uint256 units,
        bytes memory params
    ) internal virtual override(Governor, QuadraticCounting) returns (uint256 counted) {
        uint256 closesAt = super.proposalDeadline(proposalId);
        if (clock() > closesAt && support != AGAINST) revert X0TGovernor_ObjectionsOnly(proposalId, closesAt);
        uint48 extended = clock() + lateQuorumVoteExtension();
        bool watched = support != AGAINST && extended > closesAt && !_passes(proposalId);
        counted = super._countVote(proposalId, account, support, units, params);
        if (watched && _passes(proposalId) && extended > _objectionsUntil[proposalId]) {
            _objectionsUntil[proposalId] = extended;
            emit ProposalExtended(proposalId, extended);
        }
    }

    function _tallyUpdated(uint256 proposalId) internal virtual override(Governor, GovernorPreventLateQuorum) {
        super._tallyUpdated(proposalId);
    }

    function _passes(uint256 proposalId) private view returns (bool) {
        return _quorumReached(proposalId) && _voteSucceeded(proposalId);
    }
}
