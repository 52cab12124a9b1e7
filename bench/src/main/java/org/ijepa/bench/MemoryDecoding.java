package org.ijepa.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.ijepa.crop.Crop;
import org.ijepa.crop.CropRules;
import org.ijepa.decode.BadImage;
import org.ijepa.decode.CropChooser;
import org.ijepa.decode.ImageDecoder;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.random.RandomKey;

/** Decodes images that lie in memory, in some threads. */
final class MemoryDecoding {
  private final List<Path> paths;
  private final List<ByteBuffer> files = new ArrayList<>();
  private final DataWork work;

  MemoryDecoding(DataWork work) throws IOException {
    this.work = work;
    try (Stream<Path> found = Files.walk(work.folder())) {
      paths = found.filter(Files::isRegularFile).sorted().toList();
    }
    for (Path path : paths) {
      byte[] bytes = Files.readAllBytes(path);
      files.add(ByteBuffer.allocateDirect(bytes.length).put(bytes).flip());
    }
  }

  /** Seconds to decode all images; the crop of one pixel costs nothing beside. */
  double decode(ImageDecoder decoder, int threads) throws InterruptedException {
    return seconds(decoder, threads, 1, i -> (width, height) -> new Crop(0, 0, 1, 1));
  }

  /** Seconds to decode all images, crop them at random and resize the crops. */
  double crop(ImageDecoder decoder, int threads) throws InterruptedException {
    CropRules rules = CropRules.published();
    RandomKey key = RandomKey.of(0, "bench");
    return seconds(
        decoder,
        threads,
        work.side(),
        i -> (width, height) -> rules.choose(key.with(i), width, height));
  }

  private interface Crops {
    CropChooser of(int image);
  }

  private double seconds(ImageDecoder decoder, int threads, int side, Crops crops)
      throws InterruptedException {
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      long begin = System.nanoTime();
      List<Future<?>> parts = new ArrayList<>();
      for (int first = 0; first < threads; first++) {
        int from = first;
        parts.add(pool.submit(() -> decodeEach(decoder, from, threads, side, crops)));
      }
      for (Future<?> part : parts) {
        part.get();
      }
      return (System.nanoTime() - begin) * 1e-9;
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Failure failure
          ? failure
          : new IllegalStateException(e.getCause());
    } finally {
      pool.shutdown();
    }
  }

  private void decodeEach(ImageDecoder decoder, int from, int by, int side, Crops crops) {
    ByteBuffer target = ByteBuffer.allocateDirect(side * side * 3);
    for (int i = from; i < work.images(); i += by) {
      int file = i % files.size();
      try {
        decoder.decode(files.get(file).duplicate(), crops.of(i), side, target.clear());
      } catch (BadImage e) {
        throw new Failure(
            ExitCode.BAD_DATA,
            paths.get(file) + " is no usable image: " + e.getMessage(),
            "measure with images that can be read");
      }
    }
  }
}
