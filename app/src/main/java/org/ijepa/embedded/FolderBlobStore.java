package org.ijepa.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jclouds.blobstore.BlobStore;
import org.jclouds.blobstore.ContainerNotFoundException;
import org.jclouds.blobstore.domain.Blob;
import org.jclouds.blobstore.domain.MultipartPart;
import org.jclouds.blobstore.domain.MultipartUpload;
import org.jclouds.blobstore.domain.PageSet;
import org.jclouds.blobstore.domain.StorageMetadata;
import org.jclouds.blobstore.domain.StorageType;
import org.jclouds.blobstore.domain.Tier;
import org.jclouds.blobstore.domain.internal.BlobImpl;
import org.jclouds.blobstore.domain.internal.PageSetImpl;
import org.jclouds.blobstore.domain.internal.StorageMetadataImpl;
import org.jclouds.blobstore.options.CopyOptions;
import org.jclouds.blobstore.options.GetOptions;
import org.jclouds.blobstore.options.ListContainerOptions;
import org.jclouds.blobstore.options.PutOptions;
import org.jclouds.blobstore.util.ForwardingBlobStore;
import org.jclouds.io.Payload;
import org.jclouds.io.payloads.InputStreamPayload;

/**
 * s3proxy's folder store with a listing of our own, and objects that are sent in few pieces. The
 * listing of s3proxy 2.6.0 leaves out the rest of a folder when a file in it vanishes (as every
 * finished upload's temporary file does), and fails for the whole bucket when one file was put
 * there by hand.
 */
final class FolderBlobStore extends ForwardingBlobStore {
  private static final int PAGE = 1000;

  private final Path root;

  /** Bucket/key of the objects that are being written, and how many times at once. */
  private final Map<String, Integer> writing = new ConcurrentHashMap<>();

  FolderBlobStore(BlobStore store, Path root) {
    super(store);
    this.root = root;
  }

  /** With contents that are sent in few pieces: {@link WideStream}. */
  @Override
  public Blob getBlob(String container, String key, GetOptions options) {
    Blob found = super.getBlob(container, key, options);
    if (found == null) {
      return null;
    }
    Payload narrow = found.getPayload();
    Payload wide = new InputStreamPayload(new WideStream(opened(narrow)));
    wide.setContentMetadata(narrow.getContentMetadata());
    // To give the same one another payload would close the stream.
    Blob sent = new BlobImpl(found.getMetadata());
    sent.setPayload(wide);
    sent.setAllHeaders(found.getAllHeaders());
    return sent;
  }

  private static InputStream opened(Payload payload) {
    try {
      return payload.openStream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String putBlob(String container, Blob blob) {
    return writing(container, blob.getMetadata().getName(), () -> super.putBlob(container, blob));
  }

  @Override
  public String putBlob(String container, Blob blob, PutOptions options) {
    return writing(
        container, blob.getMetadata().getName(), () -> super.putBlob(container, blob, options));
  }

  @Override
  public String copyBlob(
      String from, String fromKey, String to, String toKey, CopyOptions options) {
    return writing(to, toKey, () -> super.copyBlob(from, fromKey, to, toKey, options));
  }

  @Override
  public String completeMultipartUpload(MultipartUpload upload, List<MultipartPart> parts) {
    return writing(
        upload.containerName(),
        upload.blobName(),
        () -> super.completeMultipartUpload(upload, parts));
  }

  private String writing(String container, String key, Supplier<String> write) {
    String name = container + "/" + key;
    writing.merge(name, 1, Integer::sum);
    try {
      return write.get();
    } finally {
      writing.computeIfPresent(name, (same, times) -> times == 1 ? null : times - 1);
    }
  }

  @Override
  public PageSet<? extends StorageMetadata> list(String container) {
    return list(container, ListContainerOptions.Builder.recursive());
  }

  @Override
  public PageSet<? extends StorageMetadata> list(String container, ListContainerOptions options) {
    Path bucket = root.resolve(container);
    if (!Files.isDirectory(bucket)) {
      throw new ContainerNotFoundException(container, "");
    }
    String delimiter = options.getDelimiter() == null ? "" : options.getDelimiter();
    if (!delimiter.isEmpty() && !delimiter.equals("/")) {
      throw new IllegalArgumentException("delimiter " + delimiter + " is not supported: use /");
    }
    try {
      int most = options.getMaxResults() == null ? PAGE : options.getMaxResults();
      List<String> keys =
          new KeyListing(bucket, key -> writing.containsKey(container + "/" + key))
              .keys(
                  options.getPrefix() == null ? "" : options.getPrefix(),
                  options.getMarker() == null ? "" : options.getMarker(),
                  !delimiter.isEmpty(),
                  most + 1);
      List<String> page = keys.subList(0, Math.min(most, keys.size()));
      boolean more = !page.isEmpty() && page.size() < keys.size();
      return new PageSetImpl<>(described(bucket, page), more ? page.get(page.size() - 1) : null);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<StorageMetadata> described(Path bucket, List<String> keys)
      throws IOException {
    List<StorageMetadata> described = new ArrayList<>(keys.size());
    for (String key : keys) {
      if (key.endsWith("/")) {
        described.add(metadata(StorageType.RELATIVE_PATH, key, null, null, null));
      } else {
        object(bucket.resolve(key), key).ifPresent(described::add);
      }
    }
    return described;
  }

  private static Optional<StorageMetadata> object(Path file, String key) throws IOException {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      Date modified = Date.from(attributes.lastModifiedTime().toInstant());
      return Optional.of(metadata(StorageType.BLOB, key, etag(file), modified, attributes.size()));
    } catch (NoSuchFileException e) {
      // Deleted since the keys were listed: as if it had been deleted before.
      return Optional.empty();
    }
  }

  private static StorageMetadata metadata(
      StorageType type, String key, String etag, Date modified, Long size) {
    return new StorageMetadataImpl(
        type, null, key, null, null, etag, modified, modified, Map.of(), size, Tier.STANDARD);
  }

  private static String etag(Path file) throws IOException {
    byte[] checksum = KeyListing.checksum(file);
    // An MD5 sum is kept as 16 bytes; of an object uploaded in parts the tag itself is kept.
    return checksum.length == 16
        ? '"' + HexFormat.of().formatHex(checksum) + '"'
        : new String(checksum, StandardCharsets.US_ASCII);
  }
}
