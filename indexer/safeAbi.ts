import { parseAbi } from "viem";

/** Every event of Safe 1.5's SafeL2, which the guardian is. */
export const safeAbi = parseAbi([
  "event AddedOwner(address indexed owner)",
  "event ApproveHash(bytes32 indexed approvedHash, address indexed owner)",
  "event ChangedFallbackHandler(address indexed handler)",
  "event ChangedGuard(address indexed guard)",
  "event ChangedModuleGuard(address indexed moduleGuard)",
  "event ChangedThreshold(uint256 threshold)",
  "event DisabledModule(address indexed module)",
  "event EnabledModule(address indexed module)",
  "event ExecutionFailure(bytes32 indexed txHash, uint256 payment)",
  "event ExecutionFromModuleFailure(address indexed module)",
  "event ExecutionFromModuleSuccess(address indexed module)",
  "event ExecutionSuccess(bytes32 indexed txHash, uint256 payment)",
  "event RemovedOwner(address indexed owner)",
  "event SafeModuleTransaction(address module, address to, uint256 value, bytes data, uint8 operation)",
  "event SafeMultiSigTransaction(address to, uint256 value, bytes data, uint8 operation, uint256 safeTxGas, uint256 baseGas, uint256 gasPrice, address gasToken, address refundReceiver, bytes signatures, bytes additionalInfo)",
  "event SafeReceived(address indexed sender, uint256 value)",
  "event SafeSetup(address indexed initiator, address[] owners, uint256 threshold, address initializer, address fallbackHandler)",
  "event SignMsg(bytes32 indexed msgHash)",
]);
