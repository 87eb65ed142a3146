// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IX0TVault} from "./IX0TVault.sol";

/// @title Unidirectional channels that pay relays by voucher (CHN-1, CHN-2)
interface IRelayChannels is IX0TVault {
    /// @param deposit and redeemed in wei. @param closesAt 0 while open, else when `finishClose` may run.
    struct Channel {
        address payer;
        uint64 closesAt;
        bool closed;
        address payee;
        address signer;
        uint256 deposit;
        uint256 redeemed;
    }

    struct Redemption {
        bytes32 channel;
        uint256 cumulative;
        bytes signature;
    }

    event ChannelOpened(
        bytes32 indexed channel,
        address indexed payer,
        address indexed payee,
        address signer,
        uint256 amount
    );
    event ChannelToppedUp(bytes32 indexed channel, uint256 amount, uint256 deposit);
    /// @notice `amount` wei left the channel: 99 % to the payee, 1 % burned.
    event Redeemed(bytes32 indexed channel, address indexed payee, uint256 amount, uint256 redeemed);
    event CloseStarted(bytes32 indexed channel, uint64 closesAt);
    event ChannelClosed(bytes32 indexed channel, uint256 refunded);

    error RelayChannels_ZeroAddress();
    error RelayChannels_ZeroAmount();
    error RelayChannels_UnknownChannel(bytes32 channel);
    error RelayChannels_OnlyPayer(bytes32 channel, address caller);
    error RelayChannels_Closing(bytes32 channel, uint64 closesAt);
    error RelayChannels_NotClosing(bytes32 channel);
    error RelayChannels_TooEarly(bytes32 channel, uint64 closesAt);
    error RelayChannels_Closed(bytes32 channel);
    error RelayChannels_BadVoucher(bytes32 channel, address recovered, address signer);
    error RelayChannels_NothingToRedeem(bytes32 channel, uint256 cumulative, uint256 redeemed);
    error RelayChannels_BadParameters();
    error RelayChannels_BatchTooLong(uint256 length, uint256 limit);

    /// @notice Opens a channel of the caller; `signer` signs its vouchers for good.
    /// @return channel keccak256(abi.encode(payer, payee, nonce)), nonce = how many this pair opened before.
    function open(address payee, address signer, uint256 amount) external returns (bytes32 channel);
    function topUp(bytes32 channel, uint256 amount) external;
    /// @notice Pays the payee min(cumulative, deposit) − redeemed.
    /// @param signature of EIP-712 `Voucher(bytes32 channel,uint256 cumulative)` by the channel's signer.
    /// @return amount wei before the burn of 1 %.
    function redeem(bytes32 channel, uint256 cumulative, bytes calldata signature) external returns (uint256 amount);
    /// @notice Redeems ≤ 32 vouchers; one of a closed channel, or not higher than what is redeemed, is passed over, a
    /// false one reverts all.
    function redeemMany(Redemption[] calldata list) external returns (uint256 amount);
    /// @notice The payer gives the payee the close window; the payee closes at once (CHN-2).
    function startClose(bytes32 channel) external;
    function finishClose(bytes32 channel) external;

    function channelOf(bytes32 channel) external view returns (Channel memory);
    /// @notice How many channels `payer` ever opened to `payee`.
    function nonceOf(address payer, address payee) external view returns (uint256);
    function channelId(address payer, address payee, uint256 nonce) external pure returns (bytes32);
}
