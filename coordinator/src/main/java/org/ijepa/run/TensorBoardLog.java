package org.ijepa.run;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import org.ijepa.file.Replacement;
import org.ijepa.file.WholeRecord;

/**
 * {@code tensorboard/}: scalars of each step as TensorBoard reads them, in one event file.
 *
 * <p>A run that goes on rewrites that file without the steps that it repeats; a TensorBoard that is
 * open shows that after a reload.
 */
public final class TensorBoardLog implements AutoCloseable {
  private static final String FILE_NAME = "events.out.tfevents.0000000000.ijepa";

  private final Path file;
  private final Clock clock;
  private FileChannel channel;

  private TensorBoardLog(Path file, Clock clock, FileChannel channel) {
    this.file = file;
    this.clock = clock;
    this.channel = channel;
  }

  static TensorBoardLog open(Path folder, Clock clock) throws IOException {
    Files.createDirectories(folder);
    Path file = folder.resolve(FILE_NAME);
    TensorBoardLog log = new TensorBoardLog(file, clock, openToAppend(file));
    if (log.channel.size() == 0) {
      log.write(log.channel, EventRecords.fileVersion(log.seconds()));
    }
    return log;
  }

  private static FileChannel openToAppend(Path file) throws IOException {
    return FileChannel.open(
        file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
  }

  /** Adds values of a step by their names, such as {@code train/loss}, in the map's order. */
  public void append(long step, Map<String, Double> scalars) throws IOException {
    WholeRecord.append(channel, file, EventRecords.scalars(seconds(), step, scalars));
  }

  /** Drops the events of {@code step} and later ones, and what a crash has torn. */
  public void rewindTo(long step) throws IOException {
    Replacement.of(
        file,
        replacement -> {
          write(replacement, EventRecords.fileVersion(seconds()));
          try (DataInputStream in =
              new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            for (Optional<byte[]> event = EventRecords.read(in);
                event.isPresent();
                event = EventRecords.read(in)) {
              long itsStep = EventRecords.stepOf(event.get());
              if (itsStep >= 0 && itsStep < step) {
                write(replacement, EventRecords.framed(event.get()));
              }
            }
          }
        });
    channel.close();
    channel = openToAppend(file);
  }

  private void write(FileChannel to, ByteBuffer record) throws IOException {
    while (record.hasRemaining()) {
      to.write(record);
    }
  }

  private double seconds() {
    return clock.millis() / 1000.0;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
