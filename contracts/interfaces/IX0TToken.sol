// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

/// @title X0T, the token of the relay mesh
/// @notice X0T that changes owner burns 1 % once; X0T that returns to its owner burns nothing (TOK-1 to TOK-5).
interface IX0TToken is IERC20, IERC20Permit {
    /// @notice None: an ordinary account. Active: receives burn-free and pays out. Retired: only pays out.
    enum VaultStatus {
        None,
        Active,
        Retired
    }

    /// @notice A genesis account and what it receives, in wei.
    struct Allocation {
        address account;
        uint256 amount;
    }

    /// @notice The protocol was sealed: addresses are set and the supply is distributed.
    event Sealed(address indexed timelock, address indexed rewards, uint256 toRewards, uint256 toTimelock);
    event VaultAdded(address indexed vault);
    event VaultRemoved(address indexed vault);
    /// @notice A vault paid `net` to `to` and burned `burned`.
    event Paid(address indexed vault, address indexed to, uint256 net, uint256 burned);
    /// @notice A vault returned `amount` to the account that had deposited it.
    event Refunded(address indexed vault, address indexed depositor, uint256 amount);
    /// @notice The unallocated rewards reserve moved to a successor vault.
    event Migrated(address indexed from, address indexed successor, uint256 amount);

    error X0TToken_NotSealed();
    error X0TToken_AlreadySealed();
    error X0TToken_OnlyDeployer(address caller);
    error X0TToken_OnlyTimelock(address caller);
    error X0TToken_OnlyVault(address caller);
    error X0TToken_OnlyRewards(address caller);
    error X0TToken_TooManyAllocations(uint256 count);
    error X0TToken_AllocationTooLarge(uint256 amount, uint256 limit);
    error X0TToken_BadVault(address vault);
    error X0TToken_BadTimelock(address timelock);
    error X0TToken_VaultStatus(address vault, VaultStatus status);
    /// @notice A vault sends only by pay, refund, burn or migrate.
    error X0TToken_VaultTransfer(address vault);

    /// @notice One-shot: sets the timelock and the vaults and distributes the supply burn-free (TOK-1).
    /// @param rewards is one of `vaults`.
    function seal(
        address timelock,
        address rewards,
        address[] calldata vaults,
        Allocation[] calldata allocations
    ) external;

    /// @notice Vaults only: pays `amount` out of the caller's balance; 1 % burns, the rest reaches `to` (TOK-3).
    function pay(address to, uint256 amount) external returns (uint256 net);

    /// @notice Vaults only: returns a deposit whole to its depositor (TOK-3).
    /// @dev Warning: the vault alone knows the depositor; a vault must never name another account.
    function refund(address depositor, uint256 amount) external;

    /// @notice Burns from the caller's balance.
    function burn(uint256 amount) external;

    /// @notice The rewards vault only: moves reserve to a successor vault, burn-free (REW-4).
    function migrate(address successor, uint256 amount) external;

    function addVault(address vault) external;
    function removeVault(address vault) external;
    function vaultStatus(address account) external view returns (VaultStatus);
    function timelock() external view returns (address);
    function rewards() external view returns (address);
    function deployer() external view returns (address);
    /// @notice ⌊1 %⌋ of `amount`.
    function burnOf(uint256 amount) external pure returns (uint256);
    function totalBurned() external view returns (uint256);
}
