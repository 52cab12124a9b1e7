package org.ijepa.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.ContainerCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;

/** The search for credentials, which fails on this side of the connection. */
class S3ErrorsTest {
  private static final String SERVICE = "aws.containerCredentialsFullUri";
  private static final String NO_METADATA = "aws.disableEc2Metadata";

  @BeforeEach
  void forgetCredentials() {
    System.setProperty(NO_METADATA, "true");
  }

  @AfterEach
  void clear() {
    System.clearProperty(NO_METADATA);
    System.clearProperty(SERVICE);
  }

  private static StoreException failure(AwsCredentialsProvider provider) {
    Throwable thrown = catchThrowable(provider::resolveCredentials);
    return (StoreException) S3Errors.translate("s3://b/x", thrown);
  }

  @Test
  void shouldTryAgainWhereTheServiceOfCredentialsDoesNotAnswer() throws IOException {
    int port;
    try (FaultyProxy service = new FaultyProxy(0)) {
      port = service.port();
    }
    System.setProperty(SERVICE, "http://127.0.0.1:" + port + "/");
    StoreException direct = failure(ContainerCredentialsProvider.builder().build());
    assertThat(direct.kind()).isEqualTo(StoreException.Kind.TRANSIENT);
    assertThat(direct)
        .hasMessageContaining("s3://b/x: what gives out AWS credentials does not answer");

    StoreException first = failure(DefaultCredentialsProvider.builder().build());
    assertThat(first.kind()).isEqualTo(StoreException.Kind.TRANSIENT);
  }

  @Test
  void shouldTryAgainWhereTheServiceOfCredentialsHasABadMoment() throws IOException {
    try (FaultyProxy service = new FaultyProxy(0)) {
      service.answer("503 Service Unavailable", "{\"code\":\"x\",\"message\":\"later\"}");
      System.setProperty(SERVICE, "http://127.0.0.1:" + service.port() + "/");
      StoreException failure = failure(ContainerCredentialsProvider.builder().build());
      assertThat(failure.kind()).isEqualTo(StoreException.Kind.TRANSIENT);
    }
  }

  @Test
  void shouldSayThatTheServiceOfCredentialsRefuses() throws IOException {
    try (FaultyProxy service = new FaultyProxy(0)) {
      service.answer("403 Forbidden", "{\"code\":\"x\",\"message\":\"not you\"}");
      System.setProperty(SERVICE, "http://127.0.0.1:" + service.port() + "/");
      AwsCredentialsProvider provider = ContainerCredentialsProvider.builder().build();
      System.setProperty(SERVICE, "http://127.0.0.1:" + service.port() + "/");
      Throwable thrown = catchThrowable(provider::resolveCredentials);
      System.clearProperty(SERVICE);
      StoreException failure = (StoreException) S3Errors.translate("s3://b/x", thrown);
      assertThat(failure.kind()).isEqualTo(StoreException.Kind.REFUSED);
    }
  }

  @Test
  void shouldNotWaitWhereNobodyGivesOutCredentials() {
    StoreException failure = failure(DefaultCredentialsProvider.builder().build());
    assertThat(failure.kind()).isEqualTo(StoreException.Kind.REFUSED);
    assertThat(failure)
        .hasMessageStartingWith(
            "s3://b/x: no AWS credentials found in environment, profile, container or instance; ")
        .hasMessageContaining("AWS_ACCESS_KEY_ID");
  }

  @Test
  void shouldSayInAFewWordsThatNoRegionIsFound() {
    Throwable chain =
        SdkClientException.create(
            "Unable to load region from any of the providers in the chain x: [y]");
    assertThat(S3Errors.translate("s3://b/x", chain))
        .hasMessageStartingWith("s3://b/x: no AWS region found in data.s3.region, environment, ");
  }
}
