// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IGuardianSeat} from "./interfaces/IGuardianSeat.sol";
import {IRelayChannels} from "./interfaces/IRelayChannels.sol";
import {IX0TToken} from "./interfaces/IX0TToken.sol";
import {GuardedEntry} from "./GuardedEntry.sol";
import {VaultBase} from "./VaultBase.sol";

/// @title Unidirectional channels that pay relays by voucher; see IRelayChannels
contract RelayChannels is IRelayChannels, VaultBase, GuardedEntry, EIP712 {
    /// @dev Supply 10^27 wei < 2^96.
    struct Record {
        address payer;
        uint64 closesAt;
        bool closed;
        address payee;
        uint96 deposit;
        address signer;
        uint96 redeemed;
    }

    bytes32 private constant VOUCHER_TYPEHASH = keccak256("Voucher(bytes32 channel,uint256 cumulative)");
    uint256 private constant MAX_BATCH = 32;
    /// @dev Beyond any sense: with seconds taken for milliseconds a payer's rest would hardly come back.
    uint64 private constant MAX_CLOSE = 90 days;

    /// @notice How long the payee has to redeem after `startClose`, seconds.
    uint64 public immutable closeSeconds;

    mapping(bytes32 channel => Record) private _records;
    mapping(address payer => mapping(address payee => uint256)) public nonceOf;

    constructor(
        IX0TToken token_,
        IGuardianSeat seat_,
        uint64 closeSeconds_
    ) VaultBase(token_) GuardedEntry(seat_) EIP712("RelayChannels", "1") {
        bool good = address(token_) != address(0) &&
            address(seat_) != address(0) &&
            closeSeconds_ > 0 &&
            closeSeconds_ <= MAX_CLOSE;
        if (!good) revert RelayChannels_BadParameters();
        closeSeconds = closeSeconds_;
    }

    /// @inheritdoc IRelayChannels
    function open(
        address payee,
        address signer,
        uint256 amount
    ) external whenNotPaused returns (bytes32 channel) {
        if (payee == address(0) || signer == address(0)) revert RelayChannels_ZeroAddress();
        if (amount == 0) revert RelayChannels_ZeroAmount();
        channel = channelId(msg.sender, payee, nonceOf[msg.sender][payee]++);
        Record storage record = _records[channel];
        record.payer = msg.sender;
        record.payee = payee;
        record.deposit = _toUint96(amount);
        record.signer = signer;
        emit ChannelOpened(channel, msg.sender, payee, signer, amount);
        _pull(msg.sender, amount);
    }

    /// @inheritdoc IRelayChannels
    function topUp(bytes32 channel, uint256 amount) external whenNotPaused {
        Record storage record = _opened(channel);
        if (msg.sender != record.payer) revert RelayChannels_OnlyPayer(channel, msg.sender);
        if (record.closesAt != 0) revert RelayChannels_Closing(channel, record.closesAt);
        if (amount == 0) revert RelayChannels_ZeroAmount();
        uint256 deposit = record.deposit + amount;
        record.deposit = _toUint96(deposit);
        emit ChannelToppedUp(channel, amount, deposit);
        _pull(msg.sender, amount);
    }

    /// @inheritdoc IRelayChannels
    function redeem(bytes32 channel, uint256 cumulative, bytes calldata signature) external returns (uint256 amount) {
        Record storage record = _opened(channel);
        amount = _redeemableDown(record, cumulative);
        if (amount == 0) revert RelayChannels_NothingToRedeem(channel, cumulative, record.redeemed);
        _redeem(record, channel, cumulative, amount, signature);
    }

    /// @inheritdoc IRelayChannels
    function redeemMany(Redemption[] calldata list) external returns (uint256 amount) {
        if (list.length > MAX_BATCH) revert RelayChannels_BatchTooLong(list.length, MAX_BATCH);
        for (uint256 i = 0; i < list.length; ++i) {
            Redemption calldata item = list[i];
            Record storage record = _known(item.channel);
            // A payer that closes one channel must not stop the others.
            uint256 part = record.closed ? 0 : _redeemableDown(record, item.cumulative);
            if (part == 0) continue;
            amount += part;
            _redeem(record, item.channel, item.cumulative, part, item.signature);
        }
    }

    /// @inheritdoc IRelayChannels
    function startClose(bytes32 channel) external {
        Record storage record = _opened(channel);
        if (msg.sender == record.payee) {
            _close(record, channel);
            return;
        }
        if (msg.sender != record.payer) revert RelayChannels_OnlyPayer(channel, msg.sender);
        if (record.closesAt != 0) revert RelayChannels_Closing(channel, record.closesAt);
        uint64 closesAt = uint64(block.timestamp) + closeSeconds;
        record.closesAt = closesAt;
        emit CloseStarted(channel, closesAt);
    }

    /// @inheritdoc IRelayChannels
    function finishClose(bytes32 channel) external {
        Record storage record = _opened(channel);
        if (record.closesAt == 0) revert RelayChannels_NotClosing(channel);
        // forge-lint: disable-next-line(block-timestamp) channels close in a day, a proposer moves seconds
        if (block.timestamp < record.closesAt) revert RelayChannels_TooEarly(channel, record.closesAt);
        _close(record, channel);
    }

    /// @inheritdoc IRelayChannels
    function channelOf(bytes32 channel) external view returns (Channel memory) {
        Record storage record = _records[channel];
        return
            Channel({
                payer: record.payer,
                closesAt: record.closesAt,
                closed: record.closed,
                payee: record.payee,
                signer: record.signer,
                deposit: record.deposit,
                redeemed: record.redeemed
            });
    }

    /// @inheritdoc IRelayChannels
    function channelId(address payer, address payee, uint256 nonce) public pure returns (bytes32) {
        return keccak256(abi.encode(payer, payee, nonce));
    }

    function _redeem(
        Record storage record,
        bytes32 channel,
        uint256 cumulative,
        uint256 amount,
        bytes calldata signature
    ) private {
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(VOUCHER_TYPEHASH, channel, cumulative)));
        (address recovered, , ) = ECDSA.tryRecoverCalldata(digest, signature);
        (address signer, address payee) = (record.signer, record.payee);
        if (recovered != signer) revert RelayChannels_BadVoucher(channel, recovered, signer);
        uint256 redeemed = record.redeemed + amount;
        // forge-lint: disable-next-line(unsafe-typecast) never above the deposit
        record.redeemed = uint96(redeemed);
        emit Redeemed(channel, payee, amount, redeemed);
        token.pay(payee, amount);
    }

    /// @dev `deposit` stays as it was: with `redeemed` it tells what the channel did.
    function _close(Record storage record, bytes32 channel) private {
        record.closed = true;
        uint256 rest = record.deposit - record.redeemed;
        emit ChannelClosed(channel, rest);
        if (rest > 0) token.refund(record.payer, rest);
    }

    function _redeemableDown(Record storage record, uint256 cumulative) private view returns (uint256) {
        (uint256 deposit, uint256 redeemed) = (record.deposit, record.redeemed);
        uint256 capped = cumulative < deposit ? cumulative : deposit;
        return capped > redeemed ? capped - redeemed : 0;
    }

    function _known(bytes32 channel) private view returns (Record storage record) {
        record = _records[channel];
        if (record.payer == address(0)) revert RelayChannels_UnknownChannel(channel);
    }

    function _opened(bytes32 channel) private view returns (Record storage record) {
        record = _known(channel);
        if (record.closed) revert RelayChannels_Closed(channel);
    }

    /// @dev More than the supply cannot be deposited; the cap turns nonsense into the token's own error.
    function _toUint96(uint256 amount) private pure returns (uint96) {
        // forge-lint: disable-next-line(unsafe-typecast) just compared
        return amount > type(uint96).max ? type(uint96).max : uint96(amount);
    }
}
