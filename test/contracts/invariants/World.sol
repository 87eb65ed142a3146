// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IX0TToken} from "../../../contracts/interfaces/IX0TToken.sol";
import {Deployment} from "./Deployment.sol";
import {WithVm} from "./Vm.sol";

/// @title What all acts share: who acts, what was done, and what the books should say
/// @dev An act that the state does not allow returns early; any other revert fails the run.
abstract contract World is Deployment, WithVm {
    uint256 internal constant ACTORS = 5;
    uint256 internal constant WITNESS_KEY = 0x317e55;

    address[] internal _actors;
    /// @dev Epochs with a commit, ascending.
    uint64[] internal _epochs;
    /// @notice How often each act really happened.
    mapping(string act => uint256) public times;
    /// @notice What should be burned by now, wei: each act adds what the rules say.
    uint256 public burned;
    /// @notice What a vault holds beyond what it owes: gifts, and the odd wei of a bond paid to a retired ledger.
    mapping(address vault => uint256) public surplus;

    function actors() external view returns (address[] memory) {
        return _actors;
    }

    function epochs() external view returns (uint64[] memory) {
        return _epochs;
    }

    /// @return list the five vaults of the protocol, then the successor that governance moves reserve to.
    function vaults() public view returns (address[6] memory list) {
        list = [
            address(registry),
            address(ledger),
            address(rewards),
            address(channels),
            address(marketplace),
            address(successor)
        ];
    }

    function _did(string memory act) internal {
        times[act] += 1;
    }

    function _actor(uint256 seed) internal view returns (address) {
        return _actors[seed % ACTORS];
    }

    function _node(uint256 seed) internal view returns (uint32) {
        return uint32(seed % registry.nodeCount());
    }

    function _isActiveVault(address vault) internal view returns (bool) {
        return token.vaultStatus(vault) == IX0TToken.VaultStatus.Active;
    }

    function _isPaused() internal view returns (bool) {
        return block.timestamp < seat.pausedUntil();
    }

    /// @dev A way in: it must succeed; while the guardian pauses (GOV-3) or with a retired vault (TOK-4) it must fail.
    /// @param pulls whether it takes a deposit.
    function _enter(address from, address vault, bool pulls, bytes memory data) internal returns (bool done) {
        bool open = !_isPaused() && (!pulls || _isActiveVault(vault));
        bytes memory answer;
        vm.prank(from);
        (done, answer) = vault.call(data);
        if (done == open) {
            if (!done) _did("refusedEntry");
            return done;
        }
        check(!done, "GOV-3, TOK-4: a closed way in");
        _bubble(answer);
    }

    function _bubble(bytes memory answer) internal pure {
        assembly ("memory-safe") {
            revert(add(answer, 32), mload(answer))
        }
    }

    function _digest(string memory name, address verifier, bytes32 structHash) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256(bytes(name)),
                keccak256("1"),
                block.chainid,
                verifier
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }

    function _signed(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }
}
