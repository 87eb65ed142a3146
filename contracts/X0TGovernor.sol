// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Governor} from "@openzeppelin/contracts/governance/Governor.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {GovernorPreventLateQuorum} from "@openzeppelin/contracts/governance/extensions/GovernorPreventLateQuorum.sol";
import {GovernorSettings} from "@openzeppelin/contracts/governance/extensions/GovernorSettings.sol";
import {GovernorTimelockControl} from "@openzeppelin/contracts/governance/extensions/GovernorTimelockControl.sol";
import {GovernorVotes} from "@openzeppelin/contracts/governance/extensions/GovernorVotes.sol";
import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {IERC6372} from "@openzeppelin/contracts/interfaces/IERC6372.sol";
import {IGuardianSeat} from "./interfaces/IGuardianSeat.sol";
import {IX0TGovernor} from "./interfaces/IX0TGovernor.sol";
import {ObjectionPeriod} from "./ObjectionPeriod.sol";

/// @title Node owners decide by stake and by ballots; see IX0TGovernor
/// @dev Above 250 lines: a third of them only name which of OpenZeppelin's modules answers.
contract X0TGovernor is
    Governor,
    GovernorSettings,
    GovernorVotes,
    ObjectionPeriod,
    GovernorTimelockControl
{
    /// @dev Bounds of a setting that governance may change.
    struct Range {
        uint256 least;
        uint256 most;
    }

    /// @dev Times in seconds, amounts in wei; the table of docs/spec/contracts.md.
    struct Parameters {
        IVotes registry;
        TimelockController timelock;
        IGuardianSeat seat;
        uint48 votingDelay;
        uint32 votingPeriod;
        uint48 lateQuorumExtension;
        uint256 proposalThreshold;
        uint256 quorumFloor;
        uint256 voteAge;
        Range votingDelayRange;
        Range votingPeriodRange;
        Range lateQuorumRange;
        Range thresholdRange;
    }

    /// @dev What a proposal's guardian may do about it: fixed when it was made.
    struct Guarded {
        address guardian;
        bool replacesOnly;
    }

    uint256 private constant MAX_ACTIONS = 16;
    uint256 private constant QUORUM_PERCENT = 20;
    /// @dev Beyond any sense: with seconds taken for milliseconds nobody could ever vote.
    uint256 private constant MAX_VOTE_AGE = 90 days;
    /// @dev QUORUM_PERCENT of the first supply: what a vote needs if all there is were staked.
    uint256 private constant MAX_QUORUM_FLOOR = 200_000_000 ether;

    IGuardianSeat public immutable seat;
    uint256 public immutable voteAge;
    uint256 public immutable quorumFloor;
    uint256 public immutable votingDelayLeast;
    uint256 public immutable votingDelayMost;
    uint256 public immutable votingPeriodLeast;
    uint256 public immutable votingPeriodMost;
    uint256 public immutable lateQuorumLeast;
    uint256 public immutable lateQuorumMost;
    uint256 public immutable thresholdLeast;
    uint256 public immutable thresholdMost;

    mapping(uint256 proposalId => Guarded) private _guarded;

    constructor(
        Parameters memory p
    )
        Governor("X0TGovernor")
        GovernorSettings(p.votingDelay, p.votingPeriod, p.proposalThreshold)
        GovernorVotes(p.registry)
        GovernorPreventLateQuorum(p.lateQuorumExtension)
        GovernorTimelockControl(p.timelock)
    {
        bool good = address(p.seat) != address(0) &&
            p.seat.timelock() == address(p.timelock) &&
            // forge-lint: disable-next-line(block-timestamp) two clocks read at one moment
            IERC6372(address(p.registry)).clock() == block.timestamp &&
            p.voteAge <= MAX_VOTE_AGE &&
            p.quorumFloor > 0 &&
            p.quorumFloor <= MAX_QUORUM_FLOOR &&
            p.thresholdRange.least > 0;
        if (!good) revert X0TGovernor_BadParameters();
        seat = p.seat;
        voteAge = p.voteAge;
        quorumFloor = p.quorumFloor;
        (votingDelayLeast, votingDelayMost) = (p.votingDelayRange.least, p.votingDelayRange.most);
        (votingPeriodLeast, votingPeriodMost) = (p.votingPeriodRange.least, p.votingPeriodRange.most);
        (lateQuorumLeast, lateQuorumMost) = (p.lateQuorumRange.least, p.lateQuorumRange.most);
        (thresholdLeast, thresholdMost) = (p.thresholdRange.least, p.thresholdRange.most);
        _checkBounds(p.votingDelay, votingDelayLeast, votingDelayMost);
        _checkBounds(p.votingPeriod, votingPeriodLeast, votingPeriodMost);
        _checkBounds(p.lateQuorumExtension, lateQuorumLeast, lateQuorumMost);
        _checkBounds(p.proposalThreshold, thresholdLeast, thresholdMost);
    }

    /// @dev GOV-4.
    function setVotingDelay(uint48 newVotingDelay) public override {
        _checkBounds(newVotingDelay, votingDelayLeast, votingDelayMost);
        super.setVotingDelay(newVotingDelay);
    }

    /// @dev GOV-4.
    function setVotingPeriod(uint32 newVotingPeriod) public override {
        _checkBounds(newVotingPeriod, votingPeriodLeast, votingPeriodMost);
        super.setVotingPeriod(newVotingPeriod);
    }

    /// @dev GOV-4.
    function setLateQuorumVoteExtension(uint48 newVoteExtension) public override {
        _checkBounds(newVoteExtension, lateQuorumLeast, lateQuorumMost);
        super.setLateQuorumVoteExtension(newVoteExtension);
    }

    /// @dev GOV-4.
    function setProposalThreshold(uint256 newProposalThreshold) public override {
        _checkBounds(newProposalThreshold, thresholdLeast, thresholdMost);
        super.setProposalThreshold(newProposalThreshold);
    }

    /// @dev GOV-4.
    function updateTimelock(TimelockController) public pure override {
        revert X0TGovernor_Disabled();
    }

    function relay(address, uint256, bytes calldata) public payable override {
        revert X0TGovernor_Disabled();
    }

    /// @inheritdoc IX0TGovernor
    function quorumProgress(uint256 proposalId) external view returns (uint256 reached, uint256 needed) {
        return (_quorumVotes(proposalId), quorum(proposalSnapshot(proposalId)));
    }

    /// @inheritdoc IX0TGovernor
    function proposalGuardian() external view returns (address) {
        return seat.guardian();
    }

    /// @inheritdoc IX0TGovernor
    function guardianOf(uint256 proposalId) external view returns (address) {
        return _guarded[proposalId].guardian;
    }

    /// @inheritdoc IX0TGovernor
    function replacesGuardianOnly(uint256 proposalId) external view returns (bool) {
        return _guarded[proposalId].replacesOnly;
    }

    /// @dev The registry's clock (REG-5, checked in the constructor), without asking it several times a vote.
    function clock() public view override(Governor, GovernorVotes) returns (uint48) {
        return uint48(block.timestamp);
    }

    /// @notice GOV-2: what for and abstain must reach together, wei of stake.
    /// @dev Of the stake that may vote: what came within VOTE_AGE cannot, so it raises no quorum either.
    function quorum(uint256 timepoint) public view override returns (uint256) {
        uint256 staked = token().getPastTotalSupply(timepoint);
        if (voteAge > 0) {
            uint256 aged = timepoint < voteAge ? 0 : token().getPastTotalSupply(timepoint - voteAge);
            if (aged < staked) staked = aged;
        }
        uint256 share = (staked * QUORUM_PERCENT) / 100;
        return share > quorumFloor ? share : quorumFloor;
    }

    function state(
        uint256 proposalId
    ) public view override(Governor, GovernorTimelockControl) returns (ProposalState) {
        return super.state(proposalId);
    }

    function proposalThreshold() public view override(Governor, GovernorSettings) returns (uint256) {
        return super.proposalThreshold();
    }

    function proposalDeadline(
        uint256 proposalId
    ) public view override(Governor, ObjectionPeriod) returns (uint256) {
        return super.proposalDeadline(proposalId);
    }

    function proposalNeedsQueuing(
        uint256 proposalId
    ) public view override(Governor, GovernorTimelockControl) returns (bool) {
        return super.proposalNeedsQueuing(proposalId);
    }

    function _propose(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        string memory description,
        address proposer
    ) internal override returns (uint256 proposalId) {
        if (targets.length > MAX_ACTIONS) revert X0TGovernor_TooManyActions(targets.length, MAX_ACTIONS);
        proposalId = super._propose(targets, values, calldatas, description, proposer);
        _guarded[proposalId] = Guarded(seat.guardian(), _replacesGuardianOnly(targets, values, calldatas));
    }

    /// @dev Every description ends in `#proposer=0x…`, or somebody could propose the same first, and cancel it.
    function _isValidDescriptionForProposer(
        address proposer,
        string memory description
    ) internal view override returns (bool) {
        // Without the mark a description is everybody's, the zero address's too.
        return
            super._isValidDescriptionForProposer(proposer, description) &&
            !super._isValidDescriptionForProposer(address(0), description);
    }

    /// @dev GOV-1.
    function _getVotes(
        address account,
        uint256 timepoint,
        bytes memory params
    ) internal view override(Governor, GovernorVotes) returns (uint256) {
        uint256 units = super._getVotes(account, timepoint, params);
        if (voteAge == 0) return units;
        uint256 aged = timepoint < voteAge ? 0 : super._getVotes(account, timepoint - voteAge, params);
        return aged < units ? aged : units;
    }

    /// @dev GOV-3: the proposer while the proposal is pending; the guardian once it is queued.
    function _validateCancel(uint256 proposalId, address caller) internal view override returns (bool) {
        Guarded memory guarded = _guarded[proposalId];
        // Also the one of the proposal's time: a majority could replace the guardian first, and queue the rest after.
        bool byGuardian = (caller == seat.guardian() || caller == guarded.guardian) &&
            state(proposalId) == ProposalState.Queued &&
            !guarded.replacesOnly;
        return byGuardian || super._validateCancel(proposalId, caller);
    }

    function _countVote(
        uint256 proposalId,
        address account,
        uint8 support,
        uint256 units,
        bytes memory params
    ) internal override(Governor, ObjectionPeriod) returns (uint256) {
        return super._countVote(proposalId, account, support, units, params);
    }

    function _tallyUpdated(uint256 proposalId) internal override(Governor, ObjectionPeriod) {
        super._tallyUpdated(proposalId);
    }

    function _queueOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) returns (uint48) {
        return super._queueOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _executeOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) {
        super._executeOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _cancel(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) returns (uint256) {
        return super._cancel(targets, values, calldatas, descriptionHash);
    }

    function _executor() internal view override(Governor, GovernorTimelockControl) returns (address) {
        return super._executor();
    }

    function _replacesGuardianOnly(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas
    ) private view returns (bool) {
        for (uint256 i = 0; i < targets.length; ++i) {
            bool replaces = targets[i] == address(seat) &&
                values[i] == 0 &&
                calldatas[i].length == 36 &&
                bytes4(calldatas[i]) == IGuardianSeat.setGuardian.selector;
            if (!replaces) return false;
        }
        return true;
    }

    function _checkBounds(uint256 value, uint256 least, uint256 most) private pure {
        if (value < least || value > most) revert X0TGovernor_OutOfBounds(value, least, most);
    }
}
