package org.ijepa.store;

import akka.stream.BufferOverflowException;
import akka.stream.StreamTcpException;
import akka.stream.alpakka.s3.S3Exception;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import software.amazon.awssdk.core.SdkSystemSetting;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.exception.SdkServiceException;

/** What S3, its connections and the search for credentials fail with, put into our words. */
final class S3Errors {
  private static final Set<String> SPACE =
      Set.of("QuotaExceeded", "InsufficientStorage", "XMinioStorageFull", "InsufficientCapacity");
  private static final Set<String> PASSING =
      Set.of(
          "SlowDown",
          "RequestTimeout",
          "InternalError",
          "ServiceUnavailable",
          "Throttling",
          "OperationAborted",
          "IncompleteBody");
  private static final Set<String> CONFLICT =
      Set.of("PreconditionFailed", "ConditionalRequestConflict");
  private static final Set<String> EXPIRED =
      Set.of("ExpiredToken", "ExpiredTokenException", "InvalidToken", "TokenRefreshRequired");
  private static final Set<String> ELSEWHERE =
      Set.of(
          "PermanentRedirect",
          "AuthorizationHeaderMalformed",
          "IllegalLocationConstraintException");

  /** Of what a server says; some answer with whole pages. */
  private static final int SENTENCE = 200;

  private static final int MOVED = 301;
  private static final int MOVED_FOR_NOW = 307;
  private static final int BEYOND_THE_END = 416;

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
    if (cause instanceof SdkException noCredentials) {
      return isPassing(noCredentials)
          ? new StoreException(
              StoreException.Kind.TRANSIENT,
              "%s: what gives out AWS credentials does not answer (%s)"
                  .formatted(name, oneLine(noCredentials)),
              noCredentials)
          : refused(name, notFound(noCredentials), noCredentials);
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

  /** The chain lists what each of its members says: a page, of which the first words count. */
  private static String notFound(SdkException complaint) {
    String text = oneLine(complaint);
    if (text.startsWith("Unable to load credentials from any")) {
      return "no AWS credentials found in environment, profile, container or instance";
    }
    if (text.startsWith("Unable to load region from any")) {
      return "no AWS region found in data.s3.region, environment, profile or instance";
    }
    return "no AWS credentials or region found (%s)".formatted(text);
  }

  /**
   * Whether the service that gives out credentials had a bad moment. Where none has been found yet,
   * the chain keeps no causes, and everywhere but at Amazon's the last in it does not answer: then
   * only a container's own service, which somebody has named, counts.
   */
  private static boolean isPassing(SdkException noCredentials) {
    for (Throwable at = noCredentials; at != null; at = at.getCause()) {
      boolean isFile = at instanceof FileSystemException;
      if ((at instanceof IOException && !isFile)
          || (at instanceof SdkServiceException answer
              && (answer.statusCode() >= 500 || answer.isThrottlingException()))) {
        return true;
      }
    }
    boolean isNamed =
        SdkSystemSetting.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI.getStringValue().isPresent()
            || SdkSystemSetting.AWS_CONTAINER_CREDENTIALS_FULL_URI.getStringValue().isPresent();
    return isNamed && String.valueOf(noCredentials.getMessage()).contains("credentials");
  }

  /** Whether a bucket is in another region than it was asked in. */
  static boolean isElsewhere(Throwable failure) {
    Throwable cause = failure instanceof StoreException ? failure.getCause() : failure;
    return cause instanceof S3Exception answer
        && (answer.statusCode().intValue() == MOVED || ELSEWHERE.contains(code(answer)));
  }

  /**
   * A bucket is in another region than it was asked in.
   *
   * @param region it is in
   */
  static StoreException elsewhere(String name, String region, S3Exception answer) {
    return new StoreException(
        StoreException.Kind.INVALID,
        "%s: the bucket is in the region %s (%s); set data.s3.region = %s"
            .formatted(name, region, said(answer), region),
        answer);
  }

  private static String code(S3Exception answer) {
    return answer.code() == null ? "" : answer.code();
  }

  /**
   * Status, code and sentence of an answer; what is no XML has a code made of status and reason.
   */
  private static String said(S3Exception answer) {
    String status = answer.statusCode().intValue() + " ";
    String code = code(answer);
    String head = (code.startsWith(status) ? code : status + code).strip();
    String sentence = answer.message() == null ? "" : firstLine(answer.message()).strip();
    String cut = sentence.length() > SENTENCE ? sentence.substring(0, SENTENCE) + "…" : sentence;
    return cut.isEmpty() ? head : head + ": " + cut;
  }

  private static StoreException answered(String name, S3Exception answer) {
    int status = answer.statusCode().intValue();
    String code = code(answer);
    String said = said(answer);
    if (code.equals("NoSuchBucket")) {
      return new StoreException(
          StoreException.Kind.NO_BUCKET,
          "%s: there is no such bucket (%s); create it, or correct the URI or the endpoint"
              .formatted(name, said),
          answer);
    }
    if (CONFLICT.contains(code) || status == 412) {
      return new StoreException(
          StoreException.Kind.EXISTS, "%s: is there already (%s)".formatted(name, said), answer);
    }
    if (SPACE.contains(code) || status == 507) {
      return new StoreException(
          StoreException.Kind.NO_SPACE,
          "%s: no space left on the server (%s); free some or choose another place"
              .formatted(name, said),
          answer);
    }
    boolean isPassing = status >= 500 || status == 429 || status == 408 || status == MOVED_FOR_NOW;
    if (PASSING.contains(code) || isPassing) {
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
    if (EXPIRED.contains(code)) {
      return new StoreException(
          StoreException.Kind.REFUSED,
          "%s: the credentials are no longer valid (%s); renew them, and the same command goes on"
              .formatted(name, said),
          answer);
    }
    if (status == 401 || status == 403) {
      return refused(name, "the server refuses (" + said + ")", answer);
    }
    if (status == 404) {
      return new StoreException(
          StoreException.Kind.NOT_FOUND, "%s: not there (%s)".formatted(name, said), answer);
    }
    if (status == BEYOND_THE_END) {
      return Stores.resized("%s: ends before what is asked for (%s)".formatted(name, said));
    }
    if (isElsewhere(answer)) {
      return new StoreException(
          StoreException.Kind.INVALID,
          "%s: the bucket is in another region (%s); set data.s3.region to its own"
              .formatted(name, said),
          answer);
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
    String text = failure.getMessage() == null ? "" : firstLine(failure.getMessage());
    return text.isBlank() ? failure.getClass().getSimpleName() : text;
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("");
  }
}
