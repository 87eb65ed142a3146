// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {ProtocolHandler} from "./ProtocolHandler.sol";
import {WithVm} from "./Vm.sol";

/// @title The acts of the invariant runs really happen
/// @dev An invariant that is only ever checked after acts that returned early proves nothing.
contract ActsTest is WithVm {
    uint256 private constant RUNS = 16;
    uint256 private constant DEPTH = 64;
    uint256 private constant ACTS = 47;

    event log(string line);

    ProtocolHandler private handler;

    function setUp() public {
        handler = new ProtocolHandler();
    }

    function test_everyActHappens() public {
        string[74] memory names = _outcomes();
        uint256[] memory counts = new uint256[](names.length);
        bytes4[49] memory acts = _acts();
        uint256 random = 0x7830743674613662;
        for (uint256 run = 0; run < RUNS; ++run) {
            uint256 state = vm.snapshotState();
            for (uint256 i = 0; i < DEPTH; ++i) {
                random = uint256(keccak256(abi.encode(random)));
                _act(acts[random % acts.length], random);
            }
            for (uint256 i = 0; i < names.length; ++i) counts[i] += handler.times(names[i]);
            vm.revertToState(state);
        }
        string memory report = "    acts:";
        for (uint256 i = 0; i < names.length; ++i) {
            counts[i] -= RUNS * handler.times(names[i]);
            report = string.concat(report, " ", names[i], " ", Strings.toString(counts[i]));
        }
        emit log(report);
        // What else became of them is for the eye.
        for (uint256 i = 0; i < ACTS; ++i) check(counts[i] > 0, names[i]);
    }

    function _act(bytes4 act, uint256 random) private {
        (bool ok, bytes memory answer) = address(handler).call(
            abi.encodeWithSelector(
                act,
                keccak256(abi.encode(random, 1)),
                keccak256(abi.encode(random, 2)),
                keccak256(abi.encode(random, 3)),
                keccak256(abi.encode(random, 4))
            )
        );
        if (ok) return;
        assembly ("memory-safe") {
            revert(add(answer, 32), mload(answer))
        }
    }

    function _acts() private view returns (bytes4[49] memory) {
        return [
            handler.wait.selector,
            handler.waitForTheNextEpoch.selector,
            handler.waitForEpochs.selector,
            handler.poke.selector,
            handler.transfer.selector,
            handler.donate.selector,
            handler.burn.selector,
            handler.retire.selector,
            handler.register.selector,
            handler.stake.selector,
            handler.unstake.selector,
            handler.withdraw.selector,
            handler.rotateWitness.selector,
            handler.bench.selector,
            handler.commitLie.selector,
            handler.commitTruth.selector,
            handler.commitBatch.selector,
            handler.challenge.selector,
            handler.challengeTruth.selector,
            handler.answer.selector,
            handler.enforce.selector,
            handler.claim.selector,
            handler.open.selector,
            handler.topUp.selector,
            handler.redeem.selector,
            handler.redeemMany.selector,
            handler.startClose.selector,
            handler.finishClose.selector,
            handler.list.selector,
            handler.delist.selector,
            handler.rent.selector,
            handler.settle.selector,
            handler.settleMany.selector,
            handler.cancel.selector,
            handler.terminate.selector,
            handler.reject.selector,
            handler.propose.selector,
            handler.vote.selector,
            handler.voteAll.selector,
            handler.queue.selector,
            handler.execute.selector,
            handler.cancelByGuardian.selector,
            handler.cancelByProposer.selector,
            handler.pause.selector,
            handler.unpause.selector,
            handler.voteLate.selector,
            handler.announceMaintenance.selector,
            handler.refuse.selector,
            handler.refuseAgain.selector
        ];
    }

    /// @dev The first 47 are acts, the others what became of them.
    function _outcomes() private pure returns (string[74] memory) {
        return [
            "wait",
            "waitForTheNextEpoch",
            "waitForEpochs",
            "poke",
            "transfer",
            "donate",
            "burn",
            "retire",
            "register",
            "stake",
            "unstake",
            "withdraw",
            "rotateWitness",
            "bench",
            "commitLie",
            "commitTruth",
            "commitBatch",
            "challenge",
            "challengeTruth",
            "answer",
            "enforce",
            "claim",
            "open",
            "topUp",
            "redeem",
            "redeemMany",
            "startClose",
            "finishClose",
            "list",
            "delist",
            "rent",
            "settle",
            "settleMany",
            "cancel",
            "terminate",
            "reject",
            "propose",
            "vote",
            "voteAll",
            "queue",
            "execute",
            "cancelByGuardian",
            "cancelByProposer",
            "pause",
            "unpause",
            "voteLate",
            "announceMaintenance",
            "reinstate",
            "claimSomething",
            "closeByPayee",
            "settlePaid",
            "settleRefunded",
            "settleBurned",
            "guardianRefused",
            "refusedEntry",
            "enforceCapped",
            "object",
            "migrateRefused",
            "bonus",
            "answerOneOfTwo",
            "refuseClaim",
            "refuseWithdraw",
            "refuseWithdrawUnderChallenge",
            "refuseEnforce",
            "refuseEnforceTwice",
            "refuseCommit",
            "refuseAnswer",
            "refuseFinishClose",
            "refuseSettle",
            "refuseEnd",
            "refuseVote",
            "refuseExecute",
            "refuseRedeem",
            "refuseToRule"
        ];
    }
}
