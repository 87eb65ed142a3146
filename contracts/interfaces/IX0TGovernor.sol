// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title What the Governor adds to OpenZeppelin's (GOV-1 to GOV-4)
/// @notice Raw units are wei of stake; ballots are their square roots, floored (√wei: 10^9 is the ballot of 1 X0T).
interface IX0TGovernor {
    error X0TGovernor_OutOfBounds(uint256 value, uint256 least, uint256 most);
    /// @notice `relay` could schedule behind the guardian's back; `updateTimelock` could leave the treasury behind.
    error X0TGovernor_Disabled();
    error X0TGovernor_TooManyActions(uint256 count, uint256 limit);
    error X0TGovernor_BadParameters();
    /// @notice The account had nothing at stake at the snapshot, or VOTE_AGE before it (GOV-1).
    error X0TGovernor_NoUnits(address account, uint256 snapshot);
    /// @notice Voting closed at `closedAt` but for objections: only Against counts now (GOV-2).
    error X0TGovernor_ObjectionsOnly(uint256 proposalId, uint256 closedAt);

    /// @notice Raw stake by answer, wei.
    function proposalVotes(
        uint256 proposalId
    ) external view returns (uint256 against, uint256 forVotes, uint256 abstain);
    /// @notice Ballots by answer: Σ ⌊√raw⌋.
    function proposalBallots(
        uint256 proposalId
    ) external view returns (uint256 against, uint256 forVotes, uint256 abstain);
    /// @notice GOV-2 as the tallies stand, without the quorum.
    function isLeading(uint256 proposalId) external view returns (bool);
    /// @notice Until then every answer counts; if `proposalDeadline` is later, only Against does in between.
    function objectionsFrom(uint256 proposalId) external view returns (uint256);
    /// @notice Raw for + abstain so far, and what is needed, wei.
    function quorumProgress(uint256 proposalId) external view returns (uint256 reached, uint256 needed);
    /// @notice True if all that the proposal does is to replace the guardian: the guardian cannot cancel it.
    function replacesGuardianOnly(uint256 proposalId) external view returns (bool);
    function proposalGuardian() external view returns (address);
    /// @notice Who was the guardian when the proposal was made: may cancel it too, though replaced meanwhile (GOV-3).
    function guardianOf(uint256 proposalId) external view returns (address);
    function voteAge() external view returns (uint256);
    function quorumFloor() external view returns (uint256);
}
