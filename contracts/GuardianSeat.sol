// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IGuardianSeat} from "./interfaces/IGuardianSeat.sol";

/// @title The guardian's seat, which the Governor and the vaults ask; see IGuardianSeat
contract GuardianSeat is IGuardianSeat {
    address public immutable timelock;
    uint64 public immutable pauseSeconds;
    uint64 public immutable pausePeriodSeconds;

    address public guardian;
    uint64 public pausedUntil;
    /// @notice When the current stretch of pauses began; 0 before the first.
    uint64 public stretchStart;

    constructor(address timelock_, address guardian_, uint64 pauseSeconds_, uint64 pausePeriodSeconds_) {
        bool good = timelock_ != address(0) && pauseSeconds_ > 0 && pauseSeconds_ < pausePeriodSeconds_;
        if (!good) revert GuardianSeat_BadParameters();
        timelock = timelock_;
        pauseSeconds = pauseSeconds_;
        pausePeriodSeconds = pausePeriodSeconds_;
        _setGuardian(guardian_);
    }

    /// @inheritdoc IGuardianSeat
    function pause(uint64 until) external {
        if (msg.sender != guardian) revert GuardianSeat_OnlyGuardian(msg.sender);
        uint64 nextAt = stretchStart + pausePeriodSeconds;
        // Long enough after the last stretch began, or the first pause ever: a new stretch.
        // forge-lint: disable-next-line(block-timestamp) pauses are days, a proposer moves seconds
        uint64 start = block.timestamp >= nextAt ? uint64(block.timestamp) : stretchStart;
        uint64 latest = start + pauseSeconds;
        // forge-lint: disable-next-line(block-timestamp) pauses are days, a proposer moves seconds
        if (until <= block.timestamp || until > latest) revert GuardianSeat_BadPause(until, latest, nextAt);
        stretchStart = start;
        pausedUntil = until;
        emit Paused(until);
    }

    /// @inheritdoc IGuardianSeat
    function unpause() external {
        if (msg.sender != guardian && msg.sender != timelock) revert GuardianSeat_OnlyGuardian(msg.sender);
        pausedUntil = 0;
        emit Unpaused();
    }

    /// @inheritdoc IGuardianSeat
    function setGuardian(address guardian_) external {
        if (msg.sender != timelock) revert GuardianSeat_OnlyTimelock(msg.sender);
        _setGuardian(guardian_);
    }

    /// @inheritdoc IGuardianSeat
    function checkNotPaused() external view {
        // forge-lint: disable-next-line(block-timestamp) pauses are days, a proposer moves seconds
        if (block.timestamp < pausedUntil) revert GuardianSeat_Paused(pausedUntil);
    }

    function _setGuardian(address guardian_) private {
        emit GuardianChanged(guardian, guardian_);
        guardian = guardian_;
    }
}
