// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IX0TToken} from "./interfaces/IX0TToken.sol";
import {IX0TVault} from "./interfaces/IX0TVault.sol";

/// @title What every vault of X0T shares
abstract contract VaultBase is IX0TVault {
    IX0TToken public immutable token;

    constructor(IX0TToken token_) {
        token = token_;
    }

    /// @inheritdoc IX0TVault
    function isX0TVault() external pure returns (bool) {
        return true;
    }

    /// @dev Takes a deposit whole. A retired vault would receive 99 % of what it records, so it takes none (TOK-4).
    function _pull(address from, uint256 amount) internal {
        if (!_isActiveVault()) revert X0TVault_NotActive(address(this));
        _transferIn(from, amount);
    }

    /// @dev Takes at least `amount` also once retired; then the depositor bears the burn.
    function _pullNet(address from, uint256 amount) internal {
        // x − ⌊x / 100⌋ ≥ amount for x = amount + ⌊amount / 99⌋ + 1.
        _transferIn(from, _isActiveVault() ? amount : amount + amount / 99 + 1);
    }

    function _isActiveVault() private view returns (bool) {
        return token.vaultStatus(address(this)) == IX0TToken.VaultStatus.Active;
    }

    function _transferIn(address from, uint256 amount) private {
        // Reverts on failure (OpenZeppelin ERC20), so the returned true carries nothing.
        // forge-lint: disable-next-line(erc20-unchecked-transfer) X0T reverts, it never answers false
        token.transferFrom(from, address(this), amount);
    }
}
