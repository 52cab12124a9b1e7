package org.ijepa.dataset;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.random.RandomKey;

/**
 * Writes rendered scenes of coloured solids as a folder of JPEG files {@code scene-0000000.jpg},
 * ... with labels beside them: {@code scenes.json} in CLEVR's layout (Johnson et al., CVPR 2017)
 * and {@code labels.csv} with the columns {@code path,count,nearest}. {@code nearest} is the least
 * depth of an object: of its centre, along the camera's optical axis, in scene units (about 6 to
 * 13).
 *
 * <p>Picture i is a function of seed, i and settings alone, so that ranges of indices are disjoint
 * parts of one data set: train on 0 ... 3999, test on 4000 ... 4999.
 */
public final class SceneDataset {
  private static final int PARTS_PER_THREAD = 64;

  private final NewFiles out;
  private final RandomKey key;
  private final SceneSettings settings;

  private SceneDataset(NewFiles out, long seed, SceneSettings settings) {
    this.out = out;
    this.key = RandomKey.of(seed, "scene");
    this.settings = settings;
  }

  /**
   * Renders and writes pictures {@code firstIndex ... firstIndex + count - 1} on all processors,
   * then the labels: a folder with {@code labels.csv} is complete.
   *
   * @param out where nothing is yet
   * @param count at least 1
   * @param progress is told the number of finished pictures, growing up to {@code count}, by the
   *     calling thread
   * @throws Failure {@link ExitCode#USAGE} if something is there or the range is empty
   * @throws IOException if a file cannot be written
   */
  public static void write(
      NewFiles out,
      long seed,
      int firstIndex,
      int count,
      SceneSettings settings,
      IntConsumer progress)
      throws IOException {
    if (firstIndex < 0 || count < 1 || firstIndex > Integer.MAX_VALUE - count) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "scenes: no range of " + count + " pictures from index " + firstIndex,
          "choose an index of 0 or more and at least 1 picture");
    }
    out.begin();
    SceneDataset dataset = new SceneDataset(out, seed, settings);
    dataset.writeLabels(seed, dataset.writePictures(firstIndex, count, progress));
  }

  /** A scene's file name; names sort by index. */
  static String filename(int index) {
    return String.format(Locale.ROOT, "scene-%07d.jpg", index);
  }

  private List<LabelledScene> writePictures(int firstIndex, int count, IntConsumer progress)
      throws IOException {
    int threads = Math.min(count, Runtime.getRuntime().availableProcessors());
    int parts = (int) Math.min(count, (long) threads * PARTS_PER_THREAD);
    ExecutorService workers = Executors.newFixedThreadPool(threads);
    try {
      ExecutorCompletionService<LabelledScene> finished = new ExecutorCompletionService<>(workers);
      List<Future<LabelledScene>> scenes = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        if (i >= parts) {
          finished.take().get();
          progress.accept(i - parts + 1);
        }
        int index = firstIndex + i;
        scenes.add(finished.submit(() -> writePicture(index)));
      }
      for (int i = count - parts; i < count; i++) {
        finished.take().get();
        progress.accept(i + 1);
      }
      List<LabelledScene> labels = new ArrayList<>(count);
      for (Future<LabelledScene> scene : scenes) {
        labels.add(scene.get());
      }
      return labels;
    } catch (ExecutionException e) {
      throw asIoException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("scenes: interrupted");
    } finally {
      workers.shutdownNow();
    }
  }

  private LabelledScene writePicture(int index) throws IOException {
    Scene scene = SceneLayout.draw(key.with(index), settings.minObjects(), settings.maxObjects());
    byte[] rgb = new SceneRenderer(scene, settings.size(), settings.samplesAcross()).render();
    byte[] jpeg = JpegEncoder.encode(rgb, settings.size(), settings.jpegQuality());
    String filename = filename(index);
    out.write(filename, jpeg);
    return LabelledScene.of(scene, index, filename, settings.size());
  }

  private static IOException asIoException(ExecutionException e) {
    if (e.getCause() instanceof RuntimeException unchecked) {
      throw unchecked;
    }
    if (e.getCause() instanceof Error error) {
      throw error;
    }
    return e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
  }

  private void writeLabels(long seed, List<LabelledScene> scenes) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = new ObjectMapper().createGenerator(bytes)) {
      json.writeStartObject();
      json.writeObjectFieldStart("info");
      json.writeNumberField("seed", seed);
      json.writeObjectField("settings", settings);
      json.writeEndObject();
      json.writeArrayFieldStart("scenes");
      for (LabelledScene scene : scenes) {
        json.writeRaw('\n');
        json.writeObject(scene);
      }
      json.writeEndArray();
      json.writeEndObject();
      json.writeRaw('\n');
    }
    out.write("scenes.json", bytes.toByteArray());
    out.finish();
    // Last, and in one go.
    StringBuilder csv = new StringBuilder("path,count,nearest\n");
    for (LabelledScene scene : scenes) {
      csv.append(scene.filename()).append(',');
      csv.append(scene.objects().size()).append(',');
      csv.append(scene.nearest().toPlainString()).append('\n');
    }
    out.write("labels.csv", csv.toString().getBytes(StandardCharsets.UTF_8));
    out.finish();
  }
}
