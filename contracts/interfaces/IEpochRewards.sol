// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IX0TVault} from "./IX0TVault.sol";

/// @title The reserve that pays uptime (REW-1 to REW-4)
interface IEpochRewards is IX0TVault {
    /// @notice The first claim of a final epoch fixed what the epoch earned, in wei.
    event EpochOpened(uint64 indexed epoch, uint256 earned, uint256 totalWeight);
    event Claimed(uint32 indexed node, uint64 indexed epoch, address indexed operator, uint256 amount);
    event ParametersChanged(uint256 poolPerEpoch, uint256 targetStake, uint64 effectiveEpoch);
    event ReserveMigrated(address indexed successor, uint256 amount);

    error EpochRewards_TooManyEpochs(uint256 count, uint256 limit);
    error EpochRewards_NotFinal(uint64 epoch);
    error EpochRewards_OnlyTimelock(address caller);
    error EpochRewards_OutOfBounds(uint256 value, uint256 least, uint256 most);
    error EpochRewards_BadParameters();
    error EpochRewards_ReserveTooSmall(uint256 amount, uint256 movable);

    /// @notice Pays the operator its shares of ≤ 168 final epochs, each once; anyone may call (REW-3). What is claimed
    /// already is passed over.
    /// @return paid wei before the burn of 1 %.
    function claim(uint32 node, uint64[] calldata epochs) external returns (uint256 paid);
    /// @notice What `claim` would pay for this epoch now, wei before the burn; 0 if claimed or not final.
    function claimable(uint32 node, uint64 epoch) external view returns (uint256);
    function isClaimed(uint32 node, uint64 epoch) external view returns (bool);
    function unallocated() external view returns (uint256);
    /// @notice What may leave for a successor, wei: the unallocated reserve less what the last 168 epochs may still
    /// earn (REW-4).
    function movable() external view returns (uint256);
    function earnedOf(uint64 epoch) external view returns (bool opened, uint256 earned);
    function setParameters(uint256 poolPerEpoch, uint256 targetStake) external;
    function migrateReserve(address successor, uint256 amount) external;
    function poolPerEpochAt(uint64 epoch) external view returns (uint256);
    function targetStakeAt(uint64 epoch) external view returns (uint256);
}
