package org.ijepa.store;

import java.net.URI;
import java.util.Optional;

/**
 * Where S3 is and who asks.
 *
 * @param endpoint of another server than Amazon's, for example {@code http://127.0.0.1:9000};
 *     buckets are then addressed by path
 * @param region of the bucket; if absent, the usual AWS chain says it, or {@code us-east-1} where
 *     an endpoint is given
 * @param anonymous ask without credentials; otherwise the usual AWS chain finds them
 * @param verify what is checked against the server's checksums
 */
public record S3Access(
    Optional<URI> endpoint, Optional<String> region, boolean anonymous, Verify verify) {
  /** With what is suspect checked. */
  public S3Access(Optional<URI> endpoint, Optional<String> region, boolean anonymous) {
    this(endpoint, region, anonymous, Verify.SUSPECT);
  }

  /** Amazon's own S3, with region and credentials from the usual AWS chain. */
  public static S3Access amazon() {
    return new S3Access(Optional.empty(), Optional.empty(), false);
  }
}
