package org.ijepa.decode;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A decoder that never sees files which are known to take the process down: they are bad images. A
 * file is digested only where a known one has its size.
 */
public final class GuardedDecoder implements ImageDecoder {
  private final ImageDecoder decoder;
  private final Set<CrashingFile> all = new LinkedHashSet<>();
  private volatile Map<Long, Set<CrashingFile>> refusedOfSize = Map.of();

  /** Refuses nothing yet; {@code decoder} is closed with this one. */
  public GuardedDecoder(ImageDecoder decoder) {
    this.decoder = decoder;
  }

  /** From now on these files are bad, too; those of them that were not yet. */
  public synchronized Set<CrashingFile> refuse(Collection<CrashingFile> files) {
    Set<CrashingFile> added = new LinkedHashSet<>(files);
    added.removeAll(all);
    all.addAll(added);
    refusedOfSize =
        all.stream().collect(Collectors.groupingBy(CrashingFile::bytes, Collectors.toSet()));
    return added;
  }

  @Override
  public String name() {
    return decoder.name();
  }

  @Override
  public int channels() {
    return decoder.channels();
  }

  @Override
  public void decode(ByteBuffer file, CropChooser crop, int side, ByteBuffer target)
      throws BadImage {
    Set<CrashingFile> refused = refusedOfSize.getOrDefault((long) file.remaining(), Set.of());
    if (!refused.isEmpty()) {
      CrashingFile known = CrashingFile.of(file);
      if (refused.contains(known)) {
        throw new BadImage(
            BadImage.Cause.CRASHES_DECODER,
            "takes down the process that decodes it (SHA-256 %s)".formatted(known.sha256()));
      }
    }
    decoder.decode(file, crop, side, target);
  }

  @Override
  public void close() {
    decoder.close();
  }
}
