package org.ijepa.kernel;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.ijepa.vit.Geometry;

/**
 * The tensor code of the training step for one geometry and precision: typed calls into {@code
 * ijepa.py}, whose comments give the shapes. B images, N patches, K context patches, M target
 * blocks, T patches of a block, D width, E elements of a patch.
 *
 * <p>A result belongs to the manager of the call's first tensor. Calls are safe from several
 * threads; each thread that uses them calls {@link #prepareThread} once.
 */
public final class Kernels implements AutoCloseable {
  private static final String SOURCE = "ijepa.py";

  private final PtNDManager manager;
  private final PtSymbolBlock module;

  /**
   * How networks are computed.
   *
   * @param mixed matrix products in bfloat16
   * @param checkpointing makes what backward passes need once more instead of keeping it
   * @param operators which of the engine's operators are taken where it has several for one thing
   */
  public record Options(boolean mixed, boolean checkpointing, Operators operators) {
    /** With the operators that serve the device best. */
    public Options(boolean mixed, boolean checkpointing) {
      this(mixed, checkpointing, Operators.OF_DEVICE);
    }
  }

  /** The engine's operators for attention and for linear layers without a gradient. */
  public enum Operators {
    /** A CPU's on CPUs, a GPU's on GPUs. */
    OF_DEVICE,
    /**
     * Products and softmax one by one (on CPUs the fused attention was slower), and oneDNN's linear
     * layers. Only on CPUs.
     */
    OF_CPU,
    /** The fused attention, and the common linear layers. On CPUs, too, to be tested there. */
    OF_GPU;

    private boolean ofGpu(Device device) {
      return this == OF_GPU || (this == OF_DEVICE && device.isGpu());
    }
  }

  /** Loads the library for this geometry on the device of {@code parent}. */
  public Kernels(PtNDManager parent, Geometry geometry, Options options) {
    manager = (PtNDManager) parent.newSubManager();
    try (InputStream source = Kernels.class.getResourceAsStream(SOURCE)) {
      String text = new String(source.readAllBytes(), StandardCharsets.UTF_8);
      Device device = manager.getDevice();
      Map<String, Object> attributes = attributes(geometry, options);
      boolean ofGpu = options.operators().ofGpu(device);
      attributes.put("fused_attention", ofGpu);
      attributes.put("onednn", !ofGpu);
      byte[] archive = ModuleArchive.pack(text, "IJepa", attributes);
      module =
          JniUtils.loadModule(manager, new ByteArrayInputStream(archive), !device.isGpu(), false);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + SOURCE, e);
    }
  }

  private static Map<String, Object> attributes(Geometry g, Options options) {
    Map<String, Object> attributes = new LinkedHashMap<>();
    attributes.put("training", false);
    attributes.put("channels", g.channels());
    attributes.put("patch", g.patchSize());
    attributes.put("width", g.width());
    attributes.put("depth", g.depth());
    attributes.put("heads", g.heads());
    attributes.put("hidden", g.hidden());
    attributes.put("predictor_width", g.predictorWidth());
    attributes.put("predictor_depth", g.predictorDepth());
    attributes.put("predictor_heads", g.predictorHeads());
    attributes.put("predictor_hidden", g.predictorHidden());
    attributes.put("norm_eps", g.normEps());
    attributes.put("target_norm_eps", g.targetNormEps());
    attributes.put("mixed", options.mixed());
    attributes.put("checkpointing", options.checkpointing());
    return attributes;
  }

  /**
   * Sets the calling thread up: {@code threads} OpenMP threads, gradients off until asked for, and
   * no profiling executor, whose first runs compute other bits than later ones.
   */
  public static void prepareThread(int threads) {
    quieten();
    Engine.getEngine("PyTorch");
    JniUtils.setNumThreads(threads);
    JniUtils.setGraphExecutorOptimize(false);
    JniUtils.setGradMode(false);
  }

  /** The engine's libraries are on this machine: nothing is to be fetched or reported. */
  static void quieten() {
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("OPT_OUT_TRACKING", "true");
  }

  /** Runs {@code work} with gradients recorded on this thread. */
  public static <T> T recording(Supplier<T> work) {
    JniUtils.setGradMode(true);
    try {
      return work.get();
    } finally {
      JniUtils.setGradMode(false);
    }
  }

  /** Calls a method of the library by its name. */
  NDList call(String method, NDList inputs) {
    // The marker array is read for its name alone and never reaches the method.
    try (NDArray marker = manager.create(0)) {
      marker.setName("module_method:" + method);
      NDList all = new NDList(inputs);
      all.add(marker);
      return IValueUtils.forward(module, all, true);
    }
  }

  private NDArray callOne(String method, NDList inputs) {
    return call(method, inputs).singletonOrThrow();
  }

  private static NDList named(String name, List<? extends NDArray> arrays) {
    NDList list = new NDList(arrays.size());
    for (NDArray array : arrays) {
      array.setName(name);
      list.add(array);
    }
    return list;
  }

  private static NDList unnamed(NDArray... arrays) {
    NDList list = new NDList(arrays.length);
    for (NDArray array : arrays) {
      array.setName(null);
      list.add(array);
    }
    return list;
  }

  /** Unsigned bytes [B, S, S, C] -> normalised patches [B, N, E]. */
  public NDArray patches(NDArray images, NDArray mean, NDArray deviation) {
    return callOne("patches", unnamed(images, mean, deviation));
  }

  /** Normalised floats [B, C, S, S] -> patches [B, N, E]. */
  public NDArray patchesOfPlanes(NDArray images) {
    return callOne("patches_of_planes", unnamed(images));
  }

  /** Patches [B, N, E] at indices [B, K] -> [B, K, E]. */
  public NDArray pick(NDArray patches, NDArray index) {
    return callOne("pick", unnamed(patches, index));
  }

  /**
   * Rows of a table [N, D] at [B, K] -> [B, K, D], or at target indices [M, B, T] -> [M B, T, D].
   */
  public NDArray places(NDArray index, NDArray table) {
    return callOne("places", unnamed(index, table));
  }

  /**
   * A network's weights, or their gradients, as the kernels take them: each parameter flat, in the
   * order of the layout.
   *
   * @param matrices in the type of matrix products
   * @param vectors float32
   */
  public record Weights(List<NDArray> matrices, List<NDArray> vectors) {}

  private static NDList with(NDList inputs, Weights weights) {
    inputs.addAll(named("m[]", weights.matrices()));
    inputs.addAll(named("v[]", weights.vectors()));
    return inputs;
  }

  /** Target encoder: patches [B, N, E] and target indices [M, B, T] -> targets [M B, T, D]. */
  public NDArray target(Weights encoder, NDArray positions, NDArray patches, NDArray targets) {
    return callOne("target", with(unnamed(patches, positions, targets), encoder));
  }

  /**
   * A forward pass through a network, and what its backward pass needs of it.
   *
   * @param kept input and output of each stage, in turn
   * @param beside position embeddings that the first stage took
   */
  public record Pass(List<NDArray> kept, List<NDArray> beside) {
    /** What came out. */
    public NDArray output() {
      return kept.get(kept.size() - 1);
    }
  }

  /** Context encoder: patches [B, K, E] with position embeddings [B, K, D] -> tokens [B, K, D]. */
  public Pass context(Weights encoder, NDArray patches, NDArray places) {
    return run(encoder, patches, List.of(places));
  }

  /**
   * Predictor: tokens [B, K, D] with position embeddings of the context [B, K, P] and of the
   * targets [M B, T, P] -> predictions [M B, T, D].
   */
  public Pass predict(Weights predictor, NDArray tokens, NDArray context, NDArray targets) {
    return run(predictor, tokens, List.of(context, targets));
  }

  private Pass run(Weights weights, NDArray input, List<NDArray> beside) {
    NDList inputs = unnamed(input);
    inputs.addAll(named("beside[]", beside));
    return new Pass(call("run", with(inputs, weights)), beside);
  }

  /**
   * Backward pass: adds the gradients of all weights to {@code sums}.
   *
   * @param last gradient of the pass's output
   * @return the gradient of the predictor's input; for the encoder nothing of use
   */
  public NDArray back(Pass pass, NDArray last, Weights weights, Weights sums) {
    NDList inputs = unnamed(last);
    inputs.addAll(named("kept[]", pass.kept()));
    inputs.addAll(named("beside[]", pass.beside()));
    with(inputs, weights);
    inputs.addAll(named("gm[]", sums.matrices()));
    inputs.addAll(named("gv[]", sums.vectors()));
    return callOne("back", inputs);
  }

  /**
   * Smooth L1 of predictions against targets, mean over everything.
   *
   * @param value scalar
   * @param gradient of weight x loss, for the predictions
   */
  public record Loss(NDArray value, NDArray gradient) {}

  /** The loss, weighted with a scalar for its gradient alone. */
  public Loss loss(NDArray prediction, NDArray target, NDArray weight) {
    NDList found = call("loss", unnamed(prediction, target, weight));
    return new Loss(found.get(0), found.get(1));
  }

  /**
   * AdamW in place on a flat part.
   *
   * @param plan [learning rate, weight decay, beta1, beta2, epsilon], float64
   * @param number of this update, from 1, float32 scalar
   */
  public void adamw(
      NDArray weights,
      NDArray gradient,
      NDArray first,
      NDArray second,
      NDArray plan,
      NDArray number) {
    NDList inputs = named("weights[]", List.of(weights));
    inputs.addAll(named("gradient[]", List.of(gradient)));
    inputs.addAll(named("first[]", List.of(first)));
    inputs.addAll(named("second[]", List.of(second)));
    inputs.addAll(unnamed(plan));
    inputs.addAll(named("number[]", List.of(number)));
    call("adamw", inputs).close();
  }

  /** target = momentum x target + (1 - momentum) x weights, in place, part by part. */
  public void ema(List<NDArray> target, List<NDArray> weights, NDArray momentum) {
    NDList inputs = named("target[]", target);
    inputs.addAll(named("weights[]", weights));
    inputs.addAll(unnamed(momentum));
    callOne("ema", inputs).close();
  }

  /** Copies values into tensors of another type, in place. */
  public void refresh(List<NDArray> to, List<NDArray> source) {
    NDList inputs = named("to[]", to);
    inputs.addAll(named("source[]", source));
    call("refresh", inputs).close();
  }

  /** [.., I] by a matrix of O x I values, flat or not, with a bias [O]: [.., O]. */
  public NDArray linear(NDArray x, NDArray matrix, NDArray bias) {
    return callOne("linear", unnamed(x, matrix, bias));
  }

  /** New tensors of type bfloat16 with the same values, rounded. */
  public List<NDArray> bfloat16(List<NDArray> source) {
    return call("bfloat16", named("source[]", source));
  }

  /** A flat tensor as views of its consecutive parts; writing to a view writes to the tensor. */
  public List<NDArray> views(NDArray flat, long... sizes) {
    try (NDArray parts = manager.create(sizes)) {
      return call("views", unnamed(flat, parts));
    }
  }

  /** Multiplies a tensor in place. */
  public void scale(NDArray tensor, double factor) {
    try (NDArray scalar = manager.create(factor)) {
      callOne("scale", unnamed(tensor, scalar)).close();
    }
  }

  /** Euclidean norm of a flat gradient, accumulated in float64; not finite if an element is not. */
  public double norm(NDArray gradient) {
    try (NDArray norm = callOne("norm", unnamed(gradient));
        NDArray here = onHost(norm)) {
      return here.getDouble();
    }
  }

  /** Euclidean norm of each tensor, accumulated in float64. */
  public double[] norms(List<NDArray> tensors) {
    try (NDArray norms = callOne("norms", named("tensors[]", tensors));
        NDArray here = onHost(norms)) {
      return here.toDoubleArray();
    }
  }

  /**
   * A tensor in host memory, to be closed: a copy, or itself where it is there. The engine makes
   * such a copy wherever a value is read, too, but leaves it to the tensor's manager.
   */
  static NDArray onHost(NDArray tensor) {
    return tensor.toDevice(Device.cpu(), false);
  }

  /**
   * Encoder outputs for whole images: patches [B, N, E] -> [B, N, D] for each block number in
   * {@code layers} (from 1; the last block's after the final norm).
   */
  public List<NDArray> features(
      Weights encoder, NDArray positions, NDArray patches, long... layers) {
    try (NDArray wanted = manager.create(layers)) {
      return call("features", with(unnamed(patches, positions, wanted), encoder));
    }
  }

  @Override
  public void close() {
    module.close();
    manager.close();
  }
}
