// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {IProofLedger} from "../../../../contracts/interfaces/IProofLedger.sol";
import {StakeActs} from "./StakeActs.sol";

/// @title True receipts and their Merkle tree
abstract contract Receipts is StakeActs {
    /// @dev A quorum of true receipts of one slot and the root of their tree; 0 where the committee is too small.
    function _receipts(
        uint32 node,
        uint64 epoch,
        uint8 slot
    ) internal view returns (bytes32 root, IProofLedger.Receipt[] memory receipts) {
        uint32[] memory members = ledger.committee(epoch, node, slot);
        if (members.length < 2) return (0, receipts);
        uint256 quorum = members.length / 2 + 1;
        bytes32[] memory leaves = new bytes32[](quorum);
        receipts = new IProofLedger.Receipt[](quorum);
        _sortFirst(members, quorum);
        for (uint256 i = 0; i < quorum; ++i) {
            receipts[i].witness = members[i];
            receipts[i].signature = _receipt(members[i], node, epoch, slot);
            leaves[i] = keccak256(bytes.concat(keccak256(abi.encode(slot, members[i], receipts[i].signature))));
        }
        root = Hashes.commutativeKeccak256(leaves[0], leaves[1]);
        (receipts[0].proof, receipts[1].proof) = (_path(leaves[1]), _path(leaves[0]));
        if (quorum == 2) return (root, receipts);
        receipts[2].proof = _path(root);
        (receipts[0].proof, receipts[1].proof) = (_path(leaves[1], leaves[2]), _path(leaves[0], leaves[2]));
        root = Hashes.commutativeKeccak256(root, leaves[2]);
    }

    function _receipt(uint32 by, uint32 node, uint64 epoch, uint8 slot) private view returns (bytes memory) {
        bytes32 typeHash = keccak256("UptimeReceipt(uint64 epoch,uint8 slot,uint32 node)");
        bytes32 structHash = keccak256(abi.encode(typeHash, epoch, slot, node));
        return _signed(_witnessKeyAt(by, epoch), _digest("ProofLedger", address(ledger), structHash));
    }

    /// @dev The first `size` members in ascending order.
    function _sortFirst(uint32[] memory members, uint256 size) private pure {
        for (uint256 i = 1; i < size; ++i) {
            for (uint256 j = i; j > 0 && members[j] < members[j - 1]; --j) {
                (members[j], members[j - 1]) = (members[j - 1], members[j]);
            }
        }
    }

    function _path(bytes32 one) private pure returns (bytes32[] memory path) {
        path = new bytes32[](1);
        path[0] = one;
    }

    function _path(bytes32 one, bytes32 two) private pure returns (bytes32[] memory path) {
        path = new bytes32[](2);
        (path[0], path[1]) = (one, two);
    }
}
