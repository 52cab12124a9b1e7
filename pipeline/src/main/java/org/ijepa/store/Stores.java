package org.ijepa.store;

import akka.actor.ClassicActorSystemProvider;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.settings.DataSettings.S3;

/** Opens stores by URI. */
public final class Stores {
  private Stores() {}

  /**
   * The store of a folder, a {@code file://} URI, or {@code s3://bucket/prefix}.
   *
   * @throws Failure if the URI is of no known kind
   */
  public static Store open(String uri, S3 s3, ClassicActorSystemProvider system) {
    if (uri.startsWith("s3://")) {
      return S3Store.open(uri, s3, system);
    }
    return localFolder(uri)
        .map(folder -> (Store) new FolderStore(uri, folder, system))
        .orElseThrow(
            () ->
                new Failure(
                    ExitCode.WRONG_USAGE,
                    uri + " is no folder and no s3:// URI",
                    "give a folder, file:///folder, or s3://bucket/prefix"));
  }

  /** The folder that a URI names, if it names one on this machine. */
  public static Optional<Path> localFolder(String uri) {
    if (uri.startsWith("file:")) {
      return Optional.of(Path.of(URI.create(uri)));
    }
    return uri.contains("://") ? Optional.empty() : Optional.of(Path.of(uri));
  }
}
