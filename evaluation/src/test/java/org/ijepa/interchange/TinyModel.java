package org.ijepa.interchange;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.ijepa.checkpoint.TensorFiles;
import org.ijepa.safetensors.SafetensorsWriter;
import org.ijepa.vit.Geometry;
import org.ijepa.vit.Layout;
import org.ijepa.vit.Parameter;
import org.ijepa.vit.Parameter.Network;
import org.ijepa.vit.Positions;

/** The tensor files of a checkpoint of a model of width 16, with values unlike each other. */
final class TinyModel {
  static final Geometry GEOMETRY = new Geometry(16, 4, 3, 16, 2, 2, 64, 8, 1, 2, 32, 1e-6, 1e-5);
  static final long UPDATES = 12;

  private TinyModel() {}

  static Path write(Path folder) throws IOException {
    network(folder, TensorFiles.ENCODER, Network.ENCODER, 1);
    network(folder, TensorFiles.PREDICTOR, Network.PREDICTOR, 2);
    network(folder, TensorFiles.TARGET_ENCODER, Network.ENCODER, 3);
    SafetensorsWriter writer =
        new SafetensorsWriter(Map.of(TensorFiles.UPDATES, String.valueOf(UPDATES)));
    for (String prefix : List.of(TensorFiles.FIRST_MOMENT, TensorFiles.SECOND_MOMENT)) {
      for (Parameter parameter : Layout.of(GEOMETRY).parameters()) {
        add(writer, prefix + parameter.qualifiedName(), parameter.shape(), prefix.length());
      }
    }
    write(writer, folder.resolve(TensorFiles.OPTIMIZER));
    return folder;
  }

  private static void network(Path folder, String file, Network network, int seed)
      throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter(Map.of());
    int width = network == Network.ENCODER ? GEOMETRY.width() : GEOMETRY.predictorWidth();
    float[] positions = Positions.table(width, GEOMETRY.side());
    writer.add(
        ParameterOrder.positions(network),
        List.of(1L, (long) GEOMETRY.patches(), (long) width),
        Tensors.of(positions));
    for (Parameter parameter : Layout.of(GEOMETRY).parameters(network)) {
      add(writer, parameter.name(), parameter.shape(), seed);
    }
    write(writer, folder.resolve(file));
  }

  private static void add(SafetensorsWriter writer, String name, List<Long> shape, int seed) {
    int size = Math.toIntExact(shape.stream().reduce(1L, Math::multiplyExact));
    SplittableRandom random = new SplittableRandom(31L * seed + name.hashCode());
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) random.nextDouble(-1, 1);
    }
    writer.add(name, shape, sink -> sink.accept(FloatBuffer.wrap(values)));
  }

  private static void write(SafetensorsWriter writer, Path file) throws IOException {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      writer.write(out);
    }
  }
}
