/** What a download asks the origin for; rate 0 is as fast as it goes. */
export interface OriginRequest {
  bytes: number;
  bytesPerSecond: number;
  seed: number;
}

export const REQUEST_BYTES = 20;

export function encodeRequest({ bytes, bytesPerSecond, seed }: OriginRequest): Buffer {
  const request = Buffer.alloc(REQUEST_BYTES);
  request.writeBigUInt64BE(BigInt(bytes), 0);
  request.writeBigUInt64BE(BigInt(bytesPerSecond), 8);
  request.writeUInt32BE(seed >>> 0, 16);
  return request;
}

export function decodeRequest(request: Buffer): OriginRequest {
  return { bytes: Number(request.readBigUInt64BE(0)), bytesPerSecond: Number(request.readBigUInt64BE(8)), seed: request.readUInt32BE(16) };
}
