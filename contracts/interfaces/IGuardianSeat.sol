// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Who is the guardian, and the one pause it has (GOV-3)
interface IGuardianSeat {
    event GuardianChanged(address indexed former, address indexed guardian);
    event Paused(uint64 until);
    event Unpaused();

    error GuardianSeat_OnlyGuardian(address caller);
    error GuardianSeat_OnlyTimelock(address caller);
    /// @notice A pause ends after now and by `latest`; with `latest` in the past, the next may begin at `nextAt`.
    error GuardianSeat_BadPause(uint64 until, uint64 latest, uint64 nextAt);
    error GuardianSeat_BadParameters();
    /// @notice New positions are paused until then; everything that exists goes on.
    error GuardianSeat_Paused(uint64 until);

    /// @notice The guardian only: no register, stake, open, topUp, list or rent until `until`, seconds since 1970.
    /// @dev All pauses lie within stretches of `pauseSeconds` whose beginnings are `pausePeriodSeconds` apart, or more.
    /// What a stretch does not use is lost: after a false alarm the next pause begins a period after the first.
    function pause(uint64 until) external;
    /// @notice The guardian or the timelock ends a pause early.
    function unpause() external;
    /// @notice The timelock only. The zero address leaves the seat empty.
    function setGuardian(address guardian) external;

    /// @notice Reverts during a pause.
    function checkNotPaused() external view;
    function guardian() external view returns (address);
    function timelock() external view returns (address);
    function pausedUntil() external view returns (uint64);
    function stretchStart() external view returns (uint64);
    function pauseSeconds() external view returns (uint64);
    function pausePeriodSeconds() external view returns (uint64);
}
