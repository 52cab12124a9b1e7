package org.ijepa.store;

import akka.stream.BufferOverflowException;
import akka.stream.StreamTcpException;
import akka.stream.alpakka.s3.S3Exception;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import software.amazon.awssdk.core.exception.SdkClientException;

/** What S3, its connections and the search for credentials fail with, put into our words. */
final class S3Errors {
  private static final Set<String> SPACE =
      Set.of("QuotaExceeded", "InsufficientStorage", "XMinioStorageFull", "InsufficientCapacity");
  private static final Set<String> PASSING =
      Set.of("SlowDown", "RequestTimeout", "InternalError", "ServiceUnavailable", "Throttling");
  private static final Set<String> CONFLICT =
      Set.of("PreconditionFailed", "ConditionalRequestConflict");

  /**
   * Alpakka signs these encoded, as Amazon wants it, but sends them plain: servers that check the
   * signature against the plain form (s3proxy does) refuse them.
   */
  private static final String UNSURE = "&=,;@$'()!*:";

  private S3Errors() {}

  /**
   * A {@link StoreException} about {@code name}, or the failure itself if it is nothing of the
   * kind.
   */
  static Throwable translate(String name, Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof StoreException) {
      return cause;
    }
    if (cause instanceof S3Exception answer) {
      return answered(name, answer);
    }
    if (cause instanceof SdkClientException noCredentials) {
      return refused(name, "no AWS credentials or region found", noCredentials);
    }
    boolean world =
        cause instanceof TimeoutException
            || cause instanceof StreamTcpException
            || cause instanceof BufferOverflowException
            || cause instanceof IOException
            // Cut and idle connections come as exceptions that only Akka HTTP itself can name.
            || cause.getClass().getName().startsWith("akka.http.");
    if (world) {
      return new StoreException(
          StoreException.Kind.TRANSIENT,
          "%s: %s; is the server up, and reachable?".formatted(name, oneLine(cause)),
          cause);
    }
    return cause;
  }

  private static StoreException answered(String name, S3Exception answer) {
    int status = answer.statusCode().intValue();
    String code = answer.code() == null ? "" : answer.code();
    String said = "%d %s".formatted(status, code.isBlank() ? oneLine(answer) : code);
    if (code.equals("NoSuchBucket")) {
      return new StoreException(
          StoreException.Kind.NO_BUCKET,
          name + ": there is no such bucket; create it, or correct the URI or the endpoint",
          answer);
    }
    if (CONFLICT.contains(code) || status == 412) {
      return new StoreException(StoreException.Kind.EXISTS, name + ": is there already", answer);
    }
    if (SPACE.contains(code) || status == 507) {
      return new StoreException(
          StoreException.Kind.NO_SPACE,
          "%s: no space left on the server (%s); free some or choose another place"
              .formatted(name, said),
          answer);
    }
    if (PASSING.contains(code) || status >= 500 || status == 429 || status == 408) {
      return new StoreException(
          StoreException.Kind.TRANSIENT,
          "%s: the server answered %s".formatted(name, said),
          answer);
    }
    if (code.equals("SignatureDoesNotMatch")
        && name.chars().skip(5).anyMatch(c -> UNSURE.indexOf(c) >= 0)) {
      return new StoreException(
          StoreException.Kind.REFUSED,
          "%s: the server refuses (%s): the secret key is wrong, or it cannot take keys with one of %s"
              .formatted(name, said, UNSURE),
          answer);
    }
    if (status == 401 || status == 403) {
      return refused(name, "the server refuses (" + said + ")", answer);
    }
    if (status == 404) {
      return new StoreException(StoreException.Kind.NOT_FOUND, name + ": not there", answer);
    }
    return new StoreException(
        StoreException.Kind.INVALID,
        "%s: the server answered %s; check URI, endpoint and region".formatted(name, said),
        answer);
  }

  private static StoreException refused(String name, String what, Throwable cause) {
    return new StoreException(
        StoreException.Kind.REFUSED,
        "%s: %s; check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION or AWS_PROFILE, and what they permit"
            .formatted(name, what),
        cause);
  }

  private static String oneLine(Throwable failure) {
    // Akka wraps what the system says of a connection into a description of its own command.
    if (failure instanceof StreamTcpException && failure.getCause() instanceof IOException io) {
      return oneLine(io);
    }
    String text =
        failure.getMessage() == null ? "" : failure.getMessage().lines().findFirst().orElse("");
    return text.isBlank() ? failure.getClass().getSimpleName() : text;
  }
}
