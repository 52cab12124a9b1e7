package org.ijepa.store;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.signer.AwsS3V4Signer;
import software.amazon.awssdk.auth.signer.params.AwsS3V4SignerParams;
import software.amazon.awssdk.http.SdkHttpFullRequest;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.ServiceMetadata;
import software.amazon.awssdk.regions.providers.AwsRegionProvider;
import software.amazon.awssdk.utils.http.SdkHttpUtils;

/** Addresses and signs requests for the objects of a bucket, as AWS wants it (signature 4). */
final class S3Signature {
  private final AwsS3V4Signer signer = AwsS3V4Signer.create();
  private final String bucket;
  private final S3Access access;
  private final AwsCredentialsProvider credentials;
  private final AwsRegionProvider regions;

  S3Signature(
      String bucket,
      S3Access access,
      AwsCredentialsProvider credentials,
      AwsRegionProvider regions) {
    this.bucket = bucket;
    this.access = access;
    this.credentials = credentials;
    this.regions = regions;
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
    SdkHttpFullRequest.Builder request =
        SdkHttpFullRequest.builder().method(SdkHttpMethod.GET).uri(address(region, key));
    range.ifPresent(value -> request.putHeader("Range", value));
    if (checksums && access.endpoint().isEmpty()) {
      request.putHeader(StatedChecksum.MODE, "ENABLED");
    }
    SdkHttpFullRequest unsigned = request.build();
    if (access.anonymous()) {
      return Get.of(unsigned);
    }
    AwsS3V4SignerParams parameters =
        AwsS3V4SignerParams.builder()
            .awsCredentials(credentials.resolveCredentials())
            .signingName("s3")
            .doubleUrlEncode(false)
            .signingRegion(region)
            .build();
    return Get.of(signer.sign(unsigned, parameters));
  }

  /** Full name of an object, for messages. */
  String describe(String key) {
    return "s3://" + bucket + "/" + key;
  }

  /** Where to send what. */
  record Get(URI uri, Map<String, String> headers) {
    private static Get of(SdkHttpFullRequest request) {
      Map<String, String> headers = new LinkedHashMap<>();
      for (Map.Entry<String, List<String>> header : request.headers().entrySet()) {
        headers.put(header.getKey(), String.join(",", header.getValue()));
      }
      return new Get(request.getUri(), headers);
    }
  }

  private URI address(Region region, String key) {
    String path = "/" + SdkHttpUtils.urlEncodeIgnoreSlashes(key);
    if (access.endpoint().isPresent()) {
      String endpoint = access.endpoint().get().toString().replaceFirst("/+$", "");
      return URI.create(endpoint + "/" + bucket + path);
    }
    String host = ServiceMetadata.of("s3").endpointFor(region).toString();
    // A certificate's wildcard stands for one label, so that a name with dots goes into the path.
    return bucket.contains(".")
        ? URI.create("https://" + host + "/" + bucket + path)
        : URI.create("https://" + bucket + "." + host + path);
  }
}
