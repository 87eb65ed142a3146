// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {INodeRegistry} from "./interfaces/INodeRegistry.sol";

/// @title Witness keys: each proved, never used twice, and known for every past epoch (REG-1)
abstract contract WitnessKeys is INodeRegistry, EIP712 {
    /// @dev A witness key that was replaced, and the last epoch whose receipts it signs.
    struct FormerWitness {
        address key;
        uint64 lastEpoch;
    }

    bytes32 private constant WITNESS_TYPEHASH = keccak256("Witness(address operator,bytes32 nodeId)");

    mapping(address witness => bool) private _witnessUsed;
    /// @dev By ascending epoch, at most one an epoch.
    mapping(uint32 node => FormerWitness[]) private _formerWitnesses;

    constructor() EIP712("NodeRegistry", "1") {}

    /// @dev A witness key is never used twice, so its proof of possession needs no nonce (REG-1).
    function _takeWitness(address witness, bytes32 nodeId, bytes calldata proofOfPossession) internal {
        if (witness == address(0)) revert NodeRegistry_ZeroAddress();
        if (_witnessUsed[witness]) revert NodeRegistry_WitnessTaken(witness);
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(WITNESS_TYPEHASH, msg.sender, nodeId)));
        (address recovered, , ) = ECDSA.tryRecoverCalldata(digest, proofOfPossession);
        if (recovered != witness) revert NodeRegistry_BadProofOfPossession(recovered, witness);
        _witnessUsed[witness] = true;
    }

    /// @param key the node's witness key until now; it still signs the receipts of `epoch`.
    function _retireWitness(uint32 node, address key, uint64 epoch) internal {
        // Of several rotations within one epoch only the first replaced a key that signs receipts in it.
        FormerWitness[] storage former = _formerWitnesses[node];
        if (former.length == 0 || former[former.length - 1].lastEpoch < epoch) {
            former.push(FormerWitness({key: key, lastEpoch: epoch}));
        }
    }

    /// @notice The witness key of `epoch` if it was replaced since; else zero.
    function _formerWitness(uint32 node, uint64 epoch) internal view returns (address) {
        // The first key that was not yet replaced in `epoch`; by halves, or rotations could make answers dear.
        FormerWitness[] storage former = _formerWitnesses[node];
        uint256 low = 0;
        uint256 high = former.length;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (former[middle].lastEpoch < epoch) low = middle + 1;
            else high = middle;
        }
        return low == former.length ? address(0) : former[low].key;
    }
}
