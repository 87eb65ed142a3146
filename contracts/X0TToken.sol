// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IX0TToken} from "./interfaces/IX0TToken.sol";
import {IX0TVault} from "./interfaces/IX0TVault.sol";

/// @title X0T, the token of the relay mesh; see IX0TToken
/// @dev The ERC-20 name is the EIP-712 domain name too: wallets take one for the other when they sign permits.
contract X0TToken is ERC20, ERC20Permit, IX0TToken {
    uint256 public constant INITIAL_SUPPLY = 1_000_000_000 ether;
    uint256 public constant REWARDS_ALLOCATION = 400_000_000 ether;
    uint256 public constant GENESIS_LIMIT = 60_000_000 ether;
    uint256 public constant MAX_ALLOCATIONS = 64;
    uint256 private constant BURN_DIVISOR = 100;

    address public immutable deployer;
    /// @notice Zero until sealed.
    address public timelock;
    address public rewards;
    mapping(address account => VaultStatus) public vaultStatus;

    constructor() ERC20("X0TToken", "X0T") ERC20Permit("X0TToken") {
        deployer = msg.sender;
        _mint(address(this), INITIAL_SUPPLY);
    }

    /// @inheritdoc IX0TToken
    function seal(
        address timelock_,
        address rewards_,
        address[] calldata vaults,
        Allocation[] calldata allocations
    ) external {
        if (msg.sender != deployer) revert X0TToken_OnlyDeployer(msg.sender);
        if (timelock != address(0)) revert X0TToken_AlreadySealed();
        if (timelock_.code.length == 0) revert X0TToken_BadTimelock(timelock_);
        if (allocations.length > MAX_ALLOCATIONS) revert X0TToken_TooManyAllocations(allocations.length);
        timelock = timelock_;
        rewards = rewards_;
        for (uint256 i = 0; i < vaults.length; ++i) _addVault(vaults[i]);
        if (vaultStatus[rewards_] != VaultStatus.Active) revert X0TToken_BadVault(rewards_);

        uint256 allocated = 0;
        for (uint256 i = 0; i < allocations.length; ++i) {
            allocated += allocations[i].amount;
            if (allocated > GENESIS_LIMIT) revert X0TToken_AllocationTooLarge(allocated, GENESIS_LIMIT);
            _move(address(this), allocations[i].account, allocations[i].amount);
        }
        uint256 rest = INITIAL_SUPPLY - REWARDS_ALLOCATION - allocated;
        _move(address(this), rewards_, REWARDS_ALLOCATION);
        _move(address(this), timelock_, rest);
        emit Sealed(timelock_, rewards_, REWARDS_ALLOCATION, rest);
    }

    /// @inheritdoc IX0TToken
    function pay(address to, uint256 amount) external returns (uint256 net) {
        _checkVault();
        uint256 fee = burnOf(amount);
        net = amount - fee;
        _move(msg.sender, to, net);
        if (fee > 0) super._update(msg.sender, address(0), fee);
        emit Paid(msg.sender, to, net, fee);
    }

    /// @inheritdoc IX0TToken
    function refund(address depositor, uint256 amount) external {
        _checkVault();
        _move(msg.sender, depositor, amount);
        emit Refunded(msg.sender, depositor, amount);
    }

    /// @inheritdoc IX0TToken
    function burn(uint256 amount) external {
        _burn(msg.sender, amount);
    }

    /// @inheritdoc IX0TToken
    function migrate(address successor, uint256 amount) external {
        if (msg.sender != rewards) revert X0TToken_OnlyRewards(msg.sender);
        VaultStatus status = vaultStatus[successor];
        if (status != VaultStatus.Active) revert X0TToken_VaultStatus(successor, status);
        _move(msg.sender, successor, amount);
        emit Migrated(msg.sender, successor, amount);
    }

    /// @inheritdoc IX0TToken
    function addVault(address vault) external {
        _checkTimelock();
        _addVault(vault);
    }

    /// @inheritdoc IX0TToken
    function removeVault(address vault) external {
        _checkTimelock();
        VaultStatus status = vaultStatus[vault];
        if (status != VaultStatus.Active) revert X0TToken_VaultStatus(vault, status);
        vaultStatus[vault] = VaultStatus.Retired;
        emit VaultRemoved(vault);
    }

    /// @inheritdoc IX0TToken
    function totalBurned() external view returns (uint256) {
        return INITIAL_SUPPLY - totalSupply();
    }

    /// @inheritdoc IERC20Permit
    function nonces(address owner) public view override(ERC20Permit, IERC20Permit) returns (uint256) {
        return super.nonces(owner);
    }

    /// @inheritdoc IX0TToken
    function burnOf(uint256 amount) public pure returns (uint256) {
        return amount / BURN_DIVISOR;
    }

    /// @dev Every `transfer` and `transferFrom` comes through here (TOK-2, TOK-3); mint and burn pass unchanged.
    function _update(address from, address to, uint256 value) internal override {
        if (from == address(0) || to == address(0)) {
            super._update(from, to, value);
            return;
        }
        if (timelock == address(0)) revert X0TToken_NotSealed();
        if (vaultStatus[from] != VaultStatus.None) revert X0TToken_VaultTransfer(from);
        uint256 fee = from == to || vaultStatus[to] == VaultStatus.Active ? 0 : burnOf(value);
        super._update(from, to, value - fee);
        if (fee > 0) super._update(from, address(0), fee);
    }

    /// @dev Burn-free.
    function _move(address from, address to, uint256 value) private {
        if (to == address(0)) revert ERC20InvalidReceiver(to);
        super._update(from, to, value);
    }

    /// @dev A retired vault may come back; only an active one cannot be added twice.
    function _addVault(address vault) private {
        if (vaultStatus[vault] == VaultStatus.Active) revert X0TToken_VaultStatus(vault, VaultStatus.Active);
        if (!_isVault(vault)) revert X0TToken_BadVault(vault);
        vaultStatus[vault] = VaultStatus.Active;
        emit VaultAdded(vault);
    }

    /// @dev TOK-4: code of its own (0xef0100 marks an EIP-7702 account) that says it is a vault.
    function _isVault(address vault) private view returns (bool) {
        bytes memory code = vault.code;
        if (code.length == 0) return false;
        if (code.length >= 3 && code[0] == 0xef && code[1] == 0x01 && code[2] == 0x00) return false;
        (bool ok, bytes memory answer) = vault.staticcall(abi.encodeCall(IX0TVault.isX0TVault, ()));
        // forge-lint: disable-next-line(unsafe-typecast) 32 bytes long, just checked
        return ok && answer.length == 32 && uint256(bytes32(answer)) == 1;
    }

    function _checkVault() private view {
        if (vaultStatus[msg.sender] == VaultStatus.None) revert X0TToken_OnlyVault(msg.sender);
    }

    function _checkTimelock() private view {
        if (msg.sender != timelock || msg.sender == address(0)) revert X0TToken_OnlyTimelock(msg.sender);
    }
}
