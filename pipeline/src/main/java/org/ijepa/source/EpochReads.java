package org.ijepa.source;

import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.ijepa.store.S3Requests;

/**
 * What it takes to read every sample of a source once, retries and reads that are sent a second
 * time aside.
 *
 * @param listing requests that name all objects of S3, about
 * @param samples images
 * @param requests reads: one for each image, or for each piece of a shard that holds some of one
 * @param bytes that these bring
 * @param indexRequests reads of shards' headers, about, where their index is not at hand; 0 without
 *     shards
 */
public record EpochReads(
    long listing, long samples, long requests, long bytes, long indexRequests) {

  /** Of images that stand by themselves. */
  static EpochReads ofImages(SampleIndex index) {
    long listing = S3Requests.ofListing(LongStream.range(0, index.size()).mapToObj(index::key));
    return new EpochReads(listing, index.size(), index.size(), bytes(index), 0);
  }

  /** Of members of shards that are read one by one. */
  static EpochReads ofMembers(SampleIndex index, ShardTable shards, int bytesOfARequest) {
    long requests = 0;
    for (long i = 0; i < index.size(); i++) {
      // Nothing is asked for where there is nothing.
      requests += index.bytes(i) > 0 ? 1 : 0;
    }
    return new EpochReads(
        listing(shards), index.size(), requests, bytes(index), ofHeaders(shards, bytesOfARequest));
  }

  /** Of members of shards that are read by way of pieces, each of which comes once. */
  static EpochReads ofPieces(SampleIndex index, ShardTable shards, int bytesOfARequest) {
    long requests = 0;
    long bytes = 0;
    for (int shard = 0; shard < shards.count(); shard++) {
      long next = 0;
      for (long i = shards.first(shard); i < shards.first(shard) + shards.samples(shard); i++) {
        long last = ShardPieces.last(shards.offset(i), Math.toIntExact(index.bytes(i)));
        for (long piece = Math.max(next, ShardPieces.first(shards.offset(i)));
            piece <= last;
            piece++) {
          requests++;
          bytes += ShardPieces.length(piece, shards.bytes(shard));
        }
        next = Math.max(next, last + 1);
      }
    }
    return new EpochReads(
        listing(shards), index.size(), requests, bytes, ofHeaders(shards, bytesOfARequest));
  }

  private static long listing(ShardTable shards) {
    return S3Requests.ofListing(IntStream.range(0, shards.count()).mapToObj(shards::key));
  }

  private static long bytes(SampleIndex index) {
    long bytes = 0;
    for (long i = 0; i < index.size(); i++) {
      bytes += index.bytes(i);
    }
    return bytes;
  }

  /** Windows of a walk from header to header, as far as those of samples tell. */
  private static long ofHeaders(ShardTable shards, int bytesOfARequest) {
    long requests = 0;
    for (int shard = 0; shard < shards.count(); shard++) {
      long windowEnd = 0;
      for (long i = shards.first(shard); i < shards.first(shard) + shards.samples(shard); i++) {
        if (shards.offset(i) > windowEnd) {
          requests++;
          windowEnd = shards.offset(i) - TarWalk.BLOCK + bytesOfARequest;
        }
      }
      long end = shards.bytes(shard);
      requests += end > windowEnd ? 1 : 0;
    }
    return requests;
  }
}
