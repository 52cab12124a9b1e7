package org.ijepa.store;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.ijepa.digest.Sha256;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.ServiceMetadata;
import software.amazon.awssdk.regions.providers.AwsRegionProvider;

/**
 * Addresses and signs requests for the objects of a bucket, as AWS wants it (signature 4). Its own
 * code, as AWS's signer makes several copies of each request and derives a day's key anew for each.
 * Safe for use from many threads.
 */
final class S3Signature {
  private static final String ALGORITHM = "AWS4-HMAC-SHA256";
  private static final String HMAC = "HmacSHA256";
  private static final String BODY = "UNSIGNED-PAYLOAD";
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);
  private static final int DAY = "yyyyMMdd".length();
  private static final String UNRESERVED = "-_.~/";
  private static final HexFormat UPPER = HexFormat.of().withUpperCase();

  private final String bucket;
  private final S3Access access;
  private final AwsCredentialsProvider credentials;
  private final AwsRegionProvider regions;
  private final Clock clock;

  /** Hosts of Amazon's, by region. */
  private final Map<Region, String> hosts = new ConcurrentHashMap<>();

  private volatile DayKey last = new DayKey("", "", new SecretKeySpec(new byte[1], HMAC));

  /** A key that signs for a day in a region, made from a secret. */
  private record DayKey(String secret, String scope, SecretKeySpec key) {}

  S3Signature(
      String bucket,
      S3Access access,
      AwsCredentialsProvider credentials,
      AwsRegionProvider regions,
      Clock clock) {
    this.bucket = bucket;
    this.access = access;
    this.credentials = credentials;
    this.regions = regions;
    this.clock = clock;
  }

  /**
   * A GET of an object; may wait for the network while it finds credentials.
   *
   * @param range a Range header's value
   * @param checksums whether the server is to say what checksums it keeps; only Amazon's is asked,
   *     as others refuse requests with headers that they do not know
   */
  Get get(String key, Optional<String> range, boolean checksums) {
    Region region = regions.getRegion();
    URI uri = address(region, key);
    SortedMap<String, String> headers = new TreeMap<>();
    range.ifPresent(value -> headers.put("range", value));
    if (checksums && access.endpoint().isEmpty()) {
      headers.put(StatedChecksum.MODE, "ENABLED");
    }
    if (!access.anonymous()) {
      sign(uri, headers, credentials.resolveCredentials(), region.id());
    }
    return new Get(uri, headers);
  }

  /** Adds to a request's headers, by ascending name in lower case, those of its signature. */
  private void sign(URI uri, SortedMap<String, String> headers, AwsCredentials who, String region) {
    String time = TIME.format(clock.instant());
    headers.put("host", host(uri));
    headers.put("x-amz-date", time);
    headers.put("x-amz-content-sha256", BODY);
    if (who instanceof AwsSessionCredentials session) {
      headers.put("x-amz-security-token", session.sessionToken());
    }
    String names = String.join(";", headers.keySet());
    StringBuilder request = new StringBuilder("GET\n").append(uri.getRawPath()).append("\n\n");
    headers.forEach(
        (name, value) -> request.append(name).append(':').append(value.strip()).append('\n'));
    request.append('\n').append(names).append('\n').append(BODY);
    String scope = time.substring(0, DAY) + "/" + region + "/s3/aws4_request";
    String toSign = String.join("\n", ALGORITHM, time, scope, Sha256.hex(utf8(request.toString())));
    String signature = HexFormat.of().formatHex(hmac(dayKey(who.secretAccessKey(), scope), toSign));
    headers.put(
        "authorization",
        "%s Credential=%s/%s, SignedHeaders=%s, Signature=%s"
            .formatted(ALGORITHM, who.accessKeyId(), scope, names, signature));
  }

  private SecretKeySpec dayKey(String secret, String scope) {
    DayKey known = last;
    if (known.scope().equals(scope) && known.secret().equals(secret)) {
      return known.key();
    }
    SecretKeySpec key = new SecretKeySpec(utf8("AWS4" + secret), HMAC);
    for (String part : scope.split("/", -1)) {
      key = new SecretKeySpec(hmac(key, part), HMAC);
    }
    last = new DayKey(secret, scope, key);
    return key;
  }

  private static byte[] hmac(SecretKeySpec key, String text) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(key);
      return mac.doFinal(utf8(text));
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new IllegalStateException("every Java has " + HMAC, e);
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** As a client names it, without the port that the scheme implies. */
  private static String host(URI uri) {
    int implied = uri.getScheme().equals("https") ? 443 : 80;
    return uri.getPort() < 0 || uri.getPort() == implied
        ? uri.getHost()
        : uri.getHost() + ":" + uri.getPort();
  }

  /** Full name of an object, for messages. */
  String describe(String key) {
    return "s3://" + bucket + "/" + key;
  }

  /** Where to send what; each header has one value. */
  record Get(URI uri, Map<String, String> headers) {}

  private URI address(Region region, String key) {
    String path = "/" + encoded(key);
    if (access.endpoint().isPresent()) {
      String endpoint = access.endpoint().get().toString();
      int end = endpoint.length();
      while (endpoint.charAt(end - 1) == '/') {
        end--;
      }
      return URI.create(endpoint.substring(0, end) + "/" + bucket + path);
    }
    String host =
        hosts.computeIfAbsent(
            region, where -> ServiceMetadata.of("s3").endpointFor(where).toString());
    // A certificate's wildcard stands for one label, so that a name with dots goes into the path.
    return bucket.contains(".")
        ? URI.create("https://" + host + "/" + bucket + path)
        : URI.create("https://" + bucket + "." + host + path);
  }

  /** All but letters, digits and {@code -_.~/} as the percent signs of its UTF-8 bytes. */
  private static String encoded(String key) {
    StringBuilder encoded = new StringBuilder(key.length() + 16);
    for (byte b : utf8(key)) {
      boolean plain =
          (b >= 'a' && b <= 'z')
              || (b >= 'A' && b <= 'Z')
              || (b >= '0' && b <= '9')
              || UNRESERVED.indexOf(b) >= 0;
      if (plain) {
        encoded.append((char) b);
      } else {
        encoded.append('%');
        UPPER.toHexDigits(encoded, b);
      }
    }
    return encoded.toString();
  }
}
