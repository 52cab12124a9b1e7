package org.ijepa.store;

import java.net.URI;
import java.util.Optional;
import java.util.Properties;
import org.gaul.s3proxy.AuthenticationType;
import org.gaul.s3proxy.S3Proxy;
import org.jclouds.ContextBuilder;
import org.jclouds.blobstore.BlobStore;
import org.jclouds.blobstore.BlobStoreContext;

/** An S3 server in this process, on a loopback port, that keeps objects in memory. */
public final class EmbeddedS3 implements AutoCloseable {
  /** The bucket that exists. */
  public static final String BUCKET = "images";

  private static final String KEY = "aws.accessKeyId";
  private static final String SECRET = "aws.secretAccessKey";

  private final BlobStoreContext context;
  private final S3Proxy server;

  private EmbeddedS3(BlobStoreContext context, S3Proxy server) {
    this.context = context;
    this.server = server;
  }

  /** Starts a server and sets this process's AWS credentials to those that it takes. */
  public static EmbeddedS3 start() throws Exception {
    BlobStoreContext context =
        ContextBuilder.newBuilder("transient")
            .credentials("unused", "unused")
            .overrides(new Properties())
            .build(BlobStoreContext.class);
    BlobStore blobs = context.getBlobStore();
    blobs.createContainerInLocation(null, BUCKET);
    S3Proxy server =
        S3Proxy.builder()
            .blobStore(blobs)
            .endpoint(URI.create("http://127.0.0.1:0"))
            .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, "reader", "open sesame")
            .build();
    server.start();
    EmbeddedS3 s3 = new EmbeddedS3(context, server);
    s3.credentials("reader", "open sesame");
    return s3;
  }

  /** What the usual AWS chain will find from now on. */
  public void credentials(String key, String secret) {
    System.setProperty(KEY, key);
    System.setProperty(SECRET, secret);
  }

  public void rightCredentials() {
    credentials("reader", "open sesame");
  }

  /** The port it listens on. */
  public int port() {
    return server.getPort();
  }

  /** How to reach it directly. */
  public S3Access access() {
    return access(port());
  }

  /** How to reach it through something on another port. */
  public static S3Access access(int port) {
    return new S3Access(
        Optional.of(URI.create("http://127.0.0.1:" + port)), Optional.empty(), false);
  }

  @Override
  public void close() {
    System.clearProperty(KEY);
    System.clearProperty(SECRET);
    try {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException("the S3 server does not stop", e);
    } finally {
      context.close();
    }
  }
}
