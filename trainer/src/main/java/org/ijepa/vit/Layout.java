package org.ijepa.vit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Predicate;
import org.ijepa.vit.Parameter.Network;

/**
 * Where each parameter lies in flat storage.
 *
 * <pre>
 *   encoder matrices | predictor matrices | mask token, predictor vectors | encoder vectors
 * </pre>
 *
 * <p>Weight decay falls on all up to and with the mask token. The target encoder's flat tensor is
 * {@code encoder matrices | encoder vectors}. The order inside each part is the one in which the
 * TorchScript kernels take its tensors.
 */
public final class Layout {
  private final List<Parameter> parameters = new ArrayList<>();
  private final long encoderMatrices;
  private final long predictorMatrices;
  private final long predictorVectors;
  private final long encoderVectors;
  private final long decayed;
  private long next;

  private Layout(Geometry g) {
    add(
        Network.ENCODER,
        "patch_embed.proj.weight",
        g.width(),
        g.channels(),
        g.patchSize(),
        g.patchSize());
    blockMatrices(Network.ENCODER, "blocks.", g.width(), g.hidden(), g.depth());
    encoderMatrices = next;

    add(Network.PREDICTOR, "predictor_embed.weight", g.predictorWidth(), g.width());
    blockMatrices(
        Network.PREDICTOR,
        "predictor_blocks.",
        g.predictorWidth(),
        g.predictorHidden(),
        g.predictorDepth());
    add(Network.PREDICTOR, "predictor_proj.weight", g.width(), g.predictorWidth());
    predictorMatrices = next - encoderMatrices;

    add(Network.PREDICTOR, "mask_token", 1, 1, g.predictorWidth());
    decayed = next;
    add(Network.PREDICTOR, "predictor_embed.bias", g.predictorWidth());
    blockVectors(
        Network.PREDICTOR,
        "predictor_blocks.",
        g.predictorWidth(),
        g.predictorHidden(),
        g.predictorDepth());
    add(Network.PREDICTOR, "predictor_norm.weight", g.predictorWidth());
    add(Network.PREDICTOR, "predictor_norm.bias", g.predictorWidth());
    add(Network.PREDICTOR, "predictor_proj.bias", g.width());
    predictorVectors = next - encoderMatrices - predictorMatrices;

    add(Network.ENCODER, "patch_embed.proj.bias", g.width());
    blockVectors(Network.ENCODER, "blocks.", g.width(), g.hidden(), g.depth());
    add(Network.ENCODER, "norm.weight", g.width());
    add(Network.ENCODER, "norm.bias", g.width());
    encoderVectors = next - encoderMatrices - predictorMatrices - predictorVectors;
  }

  /** The layout for networks of this geometry. */
  public static Layout of(Geometry geometry) {
    return new Layout(geometry);
  }

  private void blockMatrices(Network network, String prefix, int width, int hidden, int depth) {
    for (int i = 0; i < depth; i++) {
      String block = prefix + i + ".";
      add(network, block + "attn.qkv.weight", 3L * width, width);
      add(network, block + "attn.proj.weight", width, width);
      add(network, block + "mlp.fc1.weight", hidden, width);
      add(network, block + "mlp.fc2.weight", width, hidden);
    }
  }

  private void blockVectors(Network network, String prefix, int width, int hidden, int depth) {
    for (int i = 0; i < depth; i++) {
      String block = prefix + i + ".";
      add(network, block + "norm1.weight", width);
      add(network, block + "norm1.bias", width);
      add(network, block + "attn.qkv.bias", 3L * width);
      add(network, block + "attn.proj.bias", width);
      add(network, block + "norm2.weight", width);
      add(network, block + "norm2.bias", width);
      add(network, block + "mlp.fc1.bias", hidden);
      add(network, block + "mlp.fc2.bias", width);
    }
  }

  private void add(Network network, String name, long... shape) {
    long size = 1;
    for (long extent : shape) {
      size *= extent;
    }
    parameters.add(new Parameter(network, name, Arrays.stream(shape).boxed().toList(), next, size));
    next += size;
  }

  /** All trainable parameters, in storage order. */
  public List<Parameter> parameters() {
    return Collections.unmodifiableList(parameters);
  }

  /** The trainable parameters of one network, in storage order. */
  public List<Parameter> parameters(Network network) {
    return parameters.stream().filter(p -> p.network() == network).toList();
  }

  /** A network's matrices, in storage order. */
  public List<Parameter> matrices(Network network) {
    return parameters(network).stream().filter(this::isMatrix).toList();
  }

  private boolean isMatrix(Parameter parameter) {
    return parameter.offset() < encoderMatrices + predictorMatrices;
  }

  /** Elements of each of a network's matrices, in storage order. */
  public long[] matrixSizes(Network network) {
    return sizes(network, this::isMatrix);
  }

  /** Elements of each of a network's vectors, the mask token among them, in storage order. */
  public long[] vectorSizes(Network network) {
    return sizes(network, parameter -> !isMatrix(parameter));
  }

  private long[] sizes(Network network, Predicate<Parameter> of) {
    return parameters(network).stream().filter(of).mapToLong(Parameter::size).toArray();
  }

  /** Elements of the flat tensor of all trainable parameters. */
  public long size() {
    return next;
  }

  /** Elements from the start on which weight decay falls. */
  public long decayed() {
    return decayed;
  }

  /** Elements of the encoder's matrices, which begin at 0. */
  public long encoderMatrices() {
    return encoderMatrices;
  }

  /** Elements of the predictor's matrices, which follow the encoder's. */
  public long predictorMatrices() {
    return predictorMatrices;
  }

  /** Elements of the mask token and the predictor's vectors, which follow the matrices. */
  public long predictorVectors() {
    return predictorVectors;
  }

  /** Elements of the encoder's vectors, which end the flat tensor. */
  public long encoderVectors() {
    return encoderVectors;
  }

  /** First element of the encoder's vectors. */
  public long encoderVectorsOffset() {
    return encoderMatrices + predictorMatrices + predictorVectors;
  }

  /** Elements of the target encoder's flat tensor. */
  public long targetSize() {
    return encoderMatrices + encoderVectors;
  }

  /** Place of an encoder parameter within the target encoder's flat tensor. */
  public long targetOffset(Parameter parameter) {
    if (parameter.network() != Network.ENCODER) {
      throw new IllegalArgumentException("not a parameter of the encoder: " + parameter.name());
    }
    return parameter.offset() < encoderMatrices
        ? parameter.offset()
        : parameter.offset() - predictorMatrices - predictorVectors;
  }
}
