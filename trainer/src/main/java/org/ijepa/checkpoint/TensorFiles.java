package org.ijepa.checkpoint;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.ijepa.kernel.FlatTensor;
import org.ijepa.replica.ReplicaState;
import org.ijepa.safetensors.SafetensorsFile;
import org.ijepa.safetensors.SafetensorsWriter;
import org.ijepa.safetensors.SafetensorsWriter.Sink;
import org.ijepa.vit.Geometry;
import org.ijepa.vit.Layout;
import org.ijepa.vit.Parameter;
import org.ijepa.vit.Parameter.Network;
import org.ijepa.vit.Positions;

/** A replica's state as four safetensors files, tensors named as in the published code. */
public final class TensorFiles {
  /** Context encoder. */
  public static final String ENCODER = "encoder.safetensors";

  /** Predictor. */
  public static final String PREDICTOR = "predictor.safetensors";

  /** Target encoder. */
  public static final String TARGET_ENCODER = "target_encoder.safetensors";

  /** Both moments of AdamW, and in the metadata the number of its updates. */
  public static final String OPTIMIZER = "optimizer.safetensors";

  /** All four. */
  public static final List<String> NAMES = List.of(ENCODER, PREDICTOR, TARGET_ENCODER, OPTIMIZER);

  /** Metadata key: optimizer updates made so far. */
  public static final String UPDATES = "updates";

  /** Prefix of AdamW's first moments, before a parameter's qualified name. */
  public static final String FIRST_MOMENT = "exp_avg.";

  /** Prefix of AdamW's second moments. */
  public static final String SECOND_MOMENT = "exp_avg_sq.";

  private final Geometry geometry;
  private final ReplicaState state;
  private final Layout layout;

  TensorFiles(Geometry geometry, ReplicaState state) {
    this.geometry = geometry;
    this.state = state;
    layout = state.layout();
  }

  /**
   * Writes one of the files.
   *
   * @param progress hears how many bytes of the values are written
   */
  void write(String name, Path file, LongConsumer progress) throws IOException {
    SafetensorsWriter writer =
        new SafetensorsWriter(Map.of(UPDATES, String.valueOf(state.updates())));
    switch (name) {
      case ENCODER -> network(writer, Network.ENCODER, state.weights(), false);
      case PREDICTOR -> network(writer, Network.PREDICTOR, state.weights(), false);
      case TARGET_ENCODER -> network(writer, Network.ENCODER, state.target(), true);
      case OPTIMIZER -> {
        moments(writer, FIRST_MOMENT, state.firstMoment());
        moments(writer, SECOND_MOMENT, state.secondMoment());
      }
      default -> throw new IllegalArgumentException(name);
    }
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      writer.write(out, progress);
    }
  }

  private void network(
      SafetensorsWriter writer, Network network, FlatTensor values, boolean target) {
    boolean encoder = network == Network.ENCODER;
    int width = encoder ? geometry.width() : geometry.predictorWidth();
    float[] positions = Positions.table(width, geometry.side());
    writer.add(
        encoder ? "pos_embed" : "predictor_pos_embed",
        List.of(1L, (long) geometry.patches(), (long) width),
        sink -> sink.accept(FloatBuffer.wrap(positions)));
    for (Parameter parameter : layout.parameters(network)) {
      long offset = target ? layout.targetOffset(parameter) : parameter.offset();
      add(writer, parameter.name(), parameter, values, offset);
    }
  }

  private void moments(SafetensorsWriter writer, String prefix, FlatTensor values) {
    for (Parameter parameter : layout.parameters()) {
      add(writer, prefix + parameter.qualifiedName(), parameter, values, parameter.offset());
    }
  }

  private static void add(
      SafetensorsWriter writer, String name, Parameter parameter, FlatTensor values, long offset) {
    writer.add(name, parameter.shape(), sink -> copy(values, offset, parameter.size(), sink));
  }

  private static void copy(FlatTensor values, long offset, long count, Sink sink)
      throws IOException {
    IOException[] failed = new IOException[1];
    values.read(
        offset,
        count,
        (at, window) -> {
          try {
            if (failed[0] == null) {
              sink.accept(window);
            }
          } catch (IOException e) {
            failed[0] = e;
          }
        });
    if (failed[0] != null) {
      throw failed[0];
    }
  }

  /** Reads one of the files into the state; every tensor must be there with its shape. */
  void read(String name, Path path) throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      switch (name) {
        case ENCODER -> network(file, Network.ENCODER, state.weights(), false);
        case PREDICTOR -> network(file, Network.PREDICTOR, state.weights(), false);
        case TARGET_ENCODER -> network(file, Network.ENCODER, state.target(), true);
        case OPTIMIZER -> {
          moments(file, FIRST_MOMENT, state.firstMoment());
          moments(file, SECOND_MOMENT, state.secondMoment());
          state.updates(Long.parseLong(file.metadata().getOrDefault(UPDATES, "0")));
        }
        default -> throw new IllegalArgumentException(name);
      }
    }
  }

  private void network(SafetensorsFile file, Network network, FlatTensor into, boolean target)
      throws IOException {
    for (Parameter parameter : layout.parameters(network)) {
      long offset = target ? layout.targetOffset(parameter) : parameter.offset();
      read(file, parameter.name(), parameter, into, offset);
    }
  }

  private void moments(SafetensorsFile file, String prefix, FlatTensor into) throws IOException {
    for (Parameter parameter : layout.parameters()) {
      read(file, prefix + parameter.qualifiedName(), parameter, into, parameter.offset());
    }
  }

  private static void read(
      SafetensorsFile file, String name, Parameter parameter, FlatTensor into, long offset)
      throws IOException {
    if (!file.shape(name).equals(parameter.shape())) {
      throw new IOException(
          "tensor "
              + name
              + " has shape "
              + file.shape(name)
              + ", the model needs "
              + parameter.shape()
              + ": a checkpoint of another geometry");
    }
    file.readFloats(
        name,
        (at, values, count) ->
            into.write(offset + at, count, (from, window) -> window.put(0, values, 0, count)));
  }
}
