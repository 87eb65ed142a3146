// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IRelayChannels} from "../../../../contracts/interfaces/IRelayChannels.sol";
import {World} from "../World.sol";

/// @title Channels and their vouchers
abstract contract ChannelActs is World {
    uint256 private constant SIGNER_KEY = 0x51617e5;
    uint256 private constant MAX_CHANNELS = 12;

    bytes32[] internal _channelIds;

    function channelIds() external view returns (bytes32[] memory) {
        return _channelIds;
    }

    function open(uint256 payer, uint256 payee, uint256 amount) public {
        (address from, address to) = (_actor(payer), _actor(payee));
        uint256 balance = token.balanceOf(from);
        if (balance < 16 || _channelIds.length >= MAX_CHANNELS) return;
        bytes32 id = channels.channelId(from, to, channels.nonceOf(from, to));
        bytes memory data = abi.encodeCall(channels.open, (to, vm.addr(SIGNER_KEY), bound(amount, 1, balance / 16)));
        if (!_enter(from, address(channels), true, data)) return;
        _channelIds.push(id);
        _did("open");
    }

    function topUp(uint256 seed, uint256 amount) external {
        for (uint256 i = 0; i < _channelIds.length; ++i) {
            (bytes32 id, IRelayChannels.Channel memory it) = _channelAt(seed, i);
            uint256 balance = token.balanceOf(it.payer);
            if (it.closed || it.closesAt != 0 || balance < 16) continue;
            bytes memory data = abi.encodeCall(channels.topUp, (id, bound(amount, 1, balance / 16)));
            if (_enter(it.payer, address(channels), true, data)) _did("topUp");
            return;
        }
    }

    function redeem(uint256 seed, uint256 cumulative) external {
        for (uint256 i = 0; i < _channelIds.length; ++i) {
            (bytes32 id, IRelayChannels.Channel memory it) = _channelAt(seed, i);
            if (it.closed || it.redeemed == it.deposit) continue;
            // Sometimes more than there is.
            cumulative = bound(cumulative, it.redeemed + 1, it.deposit + it.deposit / 8 + 1);
            uint256 amount = (cumulative < it.deposit ? cumulative : it.deposit) - it.redeemed;
            uint256 before = token.balanceOf(it.payee);
            equal(channels.redeem(id, cumulative, _voucher(id, cumulative)), amount, "CHN-1 the amount");
            equal(token.balanceOf(it.payee), before + amount - amount / 100, "CHN-1 paid, net");
            burned += amount / 100;
            _did("redeem");
            return;
        }
    }

    /// @dev One voucher a channel, the first one twice: closed and empty channels are passed over.
    function redeemMany(uint256 seed) external {
        uint256 length = _channelIds.length;
        IRelayChannels.Redemption[] memory list = new IRelayChannels.Redemption[](length + 1);
        uint256 expected = 0;
        for (uint256 i = 0; i < length; ++i) {
            (bytes32 id, IRelayChannels.Channel memory it) = _channelAt(seed, i);
            uint256 cumulative = it.redeemed + (it.deposit - it.redeemed) / 8;
            list[i] = IRelayChannels.Redemption(id, cumulative, _voucher(id, cumulative));
            if (it.closed) continue;
            expected += cumulative - it.redeemed;
            burned += (cumulative - it.redeemed) / 100;
        }
        if (expected == 0) return;
        list[length] = list[0];
        equal(channels.redeemMany(list), expected, "CHN-1 a voucher counts once");
        _did("redeemMany");
    }

    function startClose(uint256 seed, uint256 dice) public {
        for (uint256 i = 0; i < _channelIds.length; ++i) {
            (bytes32 id, IRelayChannels.Channel memory it) = _channelAt(seed, i);
            if (it.closed || it.closesAt != 0) continue;
            // The payee closes at once (CHN-2), the payer after the window.
            bool byPayee = dice % 4 == 0 || it.payee == it.payer;
            uint256 before = token.balanceOf(it.payer);
            vm.prank(byPayee ? it.payee : it.payer);
            channels.startClose(id);
            equal(
                token.balanceOf(it.payer),
                byPayee ? before + it.deposit - it.redeemed : before,
                "CHN-2 the rest is whole"
            );
            _did(byPayee ? "closeByPayee" : "startClose");
            return;
        }
    }

    function finishClose(uint256 seed) external {
        for (uint256 i = 0; i < _channelIds.length; ++i) {
            (bytes32 id, IRelayChannels.Channel memory it) = _channelAt(seed, i);
            if (it.closed || it.closesAt == 0 || block.timestamp < it.closesAt) continue;
            uint256 before = token.balanceOf(it.payer);
            channels.finishClose(id);
            equal(token.balanceOf(it.payer), before + it.deposit - it.redeemed, "CHN-2 the rest is whole");
            _did("finishClose");
            return;
        }
    }

    function _channelAt(uint256 seed, uint256 i) internal view returns (bytes32 id, IRelayChannels.Channel memory it) {
        uint256 length = _channelIds.length;
        id = _channelIds[(seed % length + i) % length];
        it = channels.channelOf(id);
    }

    function _voucher(bytes32 id, uint256 cumulative) internal view returns (bytes memory) {
        bytes32 typeHash = keccak256("Voucher(bytes32 channel,uint256 cumulative)");
        bytes32 structHash = keccak256(abi.encode(typeHash, id, cumulative));
        return _signed(SIGNER_KEY, _digest("RelayChannels", address(channels), structHash));
    }
}
