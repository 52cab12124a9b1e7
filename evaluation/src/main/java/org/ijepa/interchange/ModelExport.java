package org.ijepa.interchange;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.ijepa.checkpoint.BytesProgress;
import org.ijepa.safetensors.SafetensorsFile;
import org.ijepa.safetensors.SafetensorsWriter;
import org.ijepa.vit.Geometry;
import org.ijepa.vit.Parameter.Network;

/**
 * One encoder for other programs: for transformers' {@code IJepaModel}, or as plain safetensors.
 */
public final class ModelExport {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int BILINEAR = 2;
  private static final int RGB = 3;

  private final Geometry geometry;
  private final List<Double> mean;
  private final List<Double> deviation;
  private final SafetensorsFile encoder;
  private final String origin;
  private final String which;

  /**
   * An encoder to be written.
   *
   * @param mean per channel, of pixel values 0-1
   * @param deviation per channel, of pixel values 0-1
   * @param target the target encoder, or the context encoder
   * @param origin name of the checkpoint, for people
   */
  public ModelExport(
      Geometry geometry,
      List<Double> mean,
      List<Double> deviation,
      ModelFiles files,
      boolean target,
      String origin) {
    this.geometry = geometry;
    this.mean = List.copyOf(mean);
    this.deviation = List.copyOf(deviation);
    this.origin = origin;
    encoder = files.encoder(target);
    which = target ? "target" : "context";
  }

  /** Writes the encoder with the names of the published code, its geometry in the metadata. */
  public void safetensors(Path file, BytesProgress progress) throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter(metadata());
    for (String name : ParameterOrder.of(geometry, Network.ENCODER)) {
      writer.add(name, encoder.shape(name), Tensors.of(encoder, name));
    }
    write(writer, file, progress);
  }

  /** Writes a folder that transformers loads. */
  public void transformers(Path folder, BytesProgress progress) throws IOException {
    Files.createDirectories(folder);
    SafetensorsWriter writer = new SafetensorsWriter(metadata());
    add(writer, "embeddings.position_embeddings", "pos_embed");
    layer(writer, "embeddings.patch_embeddings.projection", "patch_embed.proj");
    for (int i = 0; i < geometry.depth(); i++) {
      String ours = "blocks." + i + ".";
      String theirs = "encoder.layer." + i + ".";
      attention(writer, theirs + "attention.attention.", ours + "attn.qkv");
      layer(writer, theirs + "attention.output.dense", ours + "attn.proj");
      layer(writer, theirs + "layernorm_before", ours + "norm1");
      layer(writer, theirs + "layernorm_after", ours + "norm2");
      layer(writer, theirs + "intermediate.dense", ours + "mlp.fc1");
      layer(writer, theirs + "output.dense", ours + "mlp.fc2");
    }
    layer(writer, "layernorm", "norm");
    write(writer, folder.resolve("model.safetensors"), progress);
    json(folder.resolve("config.json"), configuration());
    json(folder.resolve("preprocessor_config.json"), preprocessor());
  }

  private Map<String, String> metadata() {
    Map<String, String> metadata = new LinkedHashMap<>();
    // transformers asks for this one.
    metadata.put("format", "pt");
    metadata.put("ijepa.encoder", which);
    metadata.put("ijepa.checkpoint", origin);
    metadata.put("image_size", String.valueOf(geometry.imageSize()));
    metadata.put("patch_size", String.valueOf(geometry.patchSize()));
    metadata.put("heads", String.valueOf(geometry.heads()));
    metadata.put("norm_eps", String.format(Locale.ROOT, "%s", geometry.normEps()));
    metadata.put("mean", mean.toString());
    metadata.put("std", deviation.toString());
    return metadata;
  }

  private void layer(SafetensorsWriter writer, String theirs, String ours) throws IOException {
    add(writer, theirs + ".weight", ours + ".weight");
    add(writer, theirs + ".bias", ours + ".bias");
  }

  private void add(SafetensorsWriter writer, String theirs, String ours) throws IOException {
    writer.add(theirs, encoder.shape(ours), Tensors.of(encoder, ours));
  }

  /** Query, key and value are three thirds of the published code's one matrix. */
  private void attention(SafetensorsWriter writer, String theirs, String ours) {
    long width = geometry.width();
    long place = 0;
    for (String part : List.of("query", "key", "value")) {
      long matrix = width * width;
      writer.add(
          theirs + part + ".weight",
          List.of(width, width),
          Tensors.slice(encoder, ours + ".weight", place * matrix, matrix));
      writer.add(
          theirs + part + ".bias",
          List.of(width),
          Tensors.slice(encoder, ours + ".bias", place * width, width));
      place++;
    }
  }

  private ObjectNode configuration() {
    ObjectNode config = JSON.createObjectNode();
    config.putArray("architectures").add("IJepaModel");
    config.put("model_type", "ijepa");
    config.put("hidden_size", geometry.width());
    config.put("num_hidden_layers", geometry.depth());
    config.put("num_attention_heads", geometry.heads());
    config.put("intermediate_size", geometry.hidden());
    config.put("image_size", geometry.imageSize());
    config.put("patch_size", geometry.patchSize());
    config.put("num_channels", geometry.channels());
    // The class's own default is 1e-12.
    config.put("layer_norm_eps", geometry.normEps());
    config.put("hidden_act", "gelu");
    config.put("qkv_bias", true);
    config.put("hidden_dropout_prob", 0.0);
    config.put("attention_probs_dropout_prob", 0.0);
    config.put("initializer_range", 0.02);
    config.put("torch_dtype", "float32");
    return config;
  }

  /** Resizes on the short side and crops the middle, as our evaluation does; ViT's would squash. */
  private ObjectNode preprocessor() {
    int side = geometry.imageSize();
    ObjectNode node = JSON.createObjectNode();
    node.put("image_processor_type", "CLIPImageProcessor");
    node.put("do_convert_rgb", geometry.channels() == RGB);
    node.put("do_resize", true);
    node.putObject("size").put("shortest_edge", side);
    node.put("do_center_crop", true);
    node.putObject("crop_size").put("height", side).put("width", side);
    node.put("resample", BILINEAR);
    node.put("do_rescale", true);
    node.put("rescale_factor", 1 / 255.0);
    node.put("do_normalize", true);
    mean.forEach(node.putArray("image_mean")::add);
    deviation.forEach(node.putArray("image_std")::add);
    return node;
  }

  private static void write(SafetensorsWriter writer, Path file, BytesProgress progress)
      throws IOException {
    Tensors.whole(
        file,
        unfinished -> {
          try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(unfinished))) {
            writer.write(out, written -> progress.at(written, writer.bytes()));
          }
        });
  }

  private static void json(Path file, ObjectNode content) throws IOException {
    Files.writeString(file, content.toPrettyString() + "\n");
  }
}
