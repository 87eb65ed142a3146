// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {EpochSeeds} from "./EpochSeeds.sol";
import {INodeRegistry} from "./interfaces/INodeRegistry.sol";
import {IProofLedger} from "./interfaces/IProofLedger.sol";

/// @title Committees, and whether an answer proves the slots that a challenge names (PRF-1, PRF-4)
abstract contract ReceiptVerifier is EpochSeeds, EIP712 {
    bytes32 private constant RECEIPT_TYPEHASH = keccak256("UptimeReceipt(uint64 epoch,uint8 slot,uint32 node)");
    uint256 private constant COMMITTEE_SIZE = 5;

    INodeRegistry public immutable registry;
    uint8 private immutable MIN_WITNESSES;

    constructor(INodeRegistry registry_, uint8 minWitnesses) EIP712("ProofLedger", "1") {
        bool good = address(registry_) != address(0) && minWitnesses > 0 && minWitnesses <= COMMITTEE_SIZE;
        if (!good) revert ProofLedger_BadParameters();
        registry = registry_;
        MIN_WITNESSES = minWitnesses;
    }

    /// @inheritdoc IProofLedger
    function committee(uint64 epoch, uint32 node, uint8 slot) public view returns (uint32[] memory) {
        if (epoch == 0) return new uint32[](0);
        bytes32 entropy = keccak256(abi.encode(seedOf(epoch), node, slot));
        return registry.draw(entropy, epoch - 1, node, COMMITTEE_SIZE);
    }

    /// @dev PRF-4: every named slot once, and nothing else.
    function _checkAnswers(
        uint32 node,
        uint64 epoch,
        bytes32 root,
        uint128 slots,
        SlotAnswer[] calldata slotAnswers
    ) internal view {
        uint128 answered = 0;
        for (uint256 i = 0; i < slotAnswers.length; ++i) {
            uint8 slot = slotAnswers[i].slot;
            uint128 bit = slot < 128 ? uint128(1) << slot : 0;
            if (bit & slots & ~answered == 0) revert ProofLedger_AnswerIncomplete(answered, slots);
            answered |= bit;
            _checkQuorum(node, epoch, slot, root, slotAnswers[i].receipts);
        }
        if (answered != slots) revert ProofLedger_AnswerIncomplete(answered, slots);
    }

    /// @dev PRF-1, PRF-4. Witnesses strictly increase, so none counts twice and the loop ends with the committee.
    function _checkQuorum(
        uint32 node,
        uint64 epoch,
        uint8 slot,
        bytes32 root,
        Receipt[] calldata receipts
    ) private view {
        uint32[] memory members = committee(epoch, node, slot);
        uint256 quorum = members.length / 2 + 1;
        if (members.length < MIN_WITNESSES || receipts.length < quorum) {
            revert ProofLedger_NoQuorum(slot, receipts.length, quorum);
        }
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(RECEIPT_TYPEHASH, epoch, slot, node)));
        for (uint256 i = 0; i < receipts.length; ++i) {
            Receipt calldata receipt = receipts[i];
            uint32 witness = receipt.witness;
            if (!_contains(members, witness)) revert ProofLedger_NotInCommittee(slot, witness);
            bool ordered = i == 0 || receipts[i - 1].witness < witness;
            if (!ordered || !_isGenuine(receipt, epoch, slot, root, digest)) {
                revert ProofLedger_BadReceipt(slot, witness);
            }
        }
    }

    function _isGenuine(
        Receipt calldata receipt,
        uint64 epoch,
        uint8 slot,
        bytes32 root,
        bytes32 digest
    ) private view returns (bool) {
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(slot, receipt.witness, receipt.signature))));
        if (!MerkleProof.verifyCalldata(receipt.proof, root, leaf)) return false;
        (address signer, , ) = ECDSA.tryRecoverCalldata(digest, receipt.signature);
        return signer != address(0) && signer == registry.witnessAt(receipt.witness, epoch);
    }

    function _contains(uint32[] memory list, uint32 item) private pure returns (bool) {
        for (uint256 i = 0; i < list.length; ++i) if (list[i] == item) return true;
        return false;
    }
}
