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
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.ijepa.vit.Geometry;

/**
 * The tensor code of the training step for one geometry and precision: typed calls into {@code
 * ijepa.py}, whose comments give the shapes. B images, N patches, K context patches, M target
 * blocks, T patches of a block, D width, E elements of a patch.
 *
 * <p>On a GPU no call waits for what was asked before, but those that return numbers. Numbers that
 * are arguments are tensors in host memory, where a call finds them without asking the GPU; so are
 * images and indices, which are brought over. On the CPU all memory is host memory.
 *
 * <p>A result belongs to the manager of the call's first tensor. Calls are safe from several
 * threads; each thread that uses them calls {@link #prepareThread} once.
 */
public final class Kernels implements AutoCloseable {
  private static final String SOURCE = "ijepa.py";

  private final PtNDManager manager;
  private final PtNDManager host;
  private final PtSymbolBlock module;

  /** For digests of tensors whose memory is not seen from here. */
  private final Optional<NDArray> powers;

  /** Names of methods as the engine takes them: each in the name of a tensor. */
  private final Map<String, NDArray> markers = new ConcurrentHashMap<>();

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
    host = manager.newSubManager(Device.cpu());
    powers =
        manager.getDevice().isGpu()
            ? Optional.of(TensorDigest.powers(manager, TensorDigest.ROWS))
            : Optional.empty();
    try (InputStream source = Kernels.class.getResourceAsStream(SOURCE)) {
      String text = new String(source.readAllBytes(), StandardCharsets.UTF_8);
      Device device = manager.getDevice();
      Map<String, Object> attributes = attributes(geometry, options);
      boolean ofGpu = options.operators().ofGpu(device);
      attributes.put("fused_attention", ofGpu);
      attributes.put("onednn", !ofGpu);
      attributes.put("staged", device.isGpu());
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
    NDList all = new NDList(inputs);
    all.add(markers.computeIfAbsent(method, this::marker));
    return IValueUtils.forward(module, all, true);
  }

  /** Is read for its name alone and never reaches the method. */
  private NDArray marker(String method) {
    NDArray marker = host.create(0);
    marker.setName("module_method:" + method);
    return marker;
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

  /** Unsigned bytes [B, S, S, C], in host memory -> normalised patches [B, N, E]. */
  public NDArray patches(NDArray images, NDArray mean, NDArray deviation) {
    return callOne("patches", unnamed(images, mean, deviation));
  }

  /** Normalised floats [B, C, S, S] -> patches [B, N, E]. */
  public NDArray patchesOfPlanes(NDArray images) {
    return callOne("patches_of_planes", unnamed(images));
  }

  /** Patches [B, N, E] at indices [B, K], in host memory -> [B, K, E]. */
  public NDArray pick(NDArray patches, NDArray index) {
    return callOne("pick", unnamed(patches, index));
  }

  /**
   * Rows of a table [N, D] at [B, K] -> [B, K, D], or at target indices [M, B, T] -> [M B, T, D];
   * the indices are in host memory.
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

  /**
   * Target encoder: patches [B, N, E] and target indices [M, B, T], in host memory -> targets [M B,
   * T, D].
   */
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
    /** Number of stages. */
    int stages() {
      return kept.size() / 2;
    }

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

  /** Backward pass through all stages. */
  public NDArray back(Pass pass, NDArray last, Weights weights, Weights sums) {
    return back(pass, last, weights, sums, 0, pass.stages());
  }

  /**
   * Backward pass through stages {@code to - 1} to {@code from}: adds the gradients of their
   * weights to {@code sums}.
   *
   * @param last gradient of the output of stage {@code to - 1}
   * @return the gradient of the input of stage {@code from}; for the encoder's first nothing of use
   */
  public NDArray back(Pass pass, NDArray last, Weights weights, Weights sums, int from, int to) {
    NDList inputs = unnamed(last);
    inputs.addAll(named("kept[]", pass.kept()));
    inputs.addAll(named("beside[]", pass.beside()));
    with(inputs, weights);
    inputs.addAll(named("gm[]", sums.matrices()));
    inputs.addAll(named("gv[]", sums.vectors()));
    try (NDArray plan = host.create(new long[] {from, to})) {
      inputs.add(plan);
      return callOne("back", inputs);
    }
  }

  /**
   * Smooth L1 of predictions against targets, mean over everything.
   *
   * @param value scalar
   * @param gradient of weight x loss, for the predictions
   */
  public record Loss(NDArray value, NDArray gradient) {}

  /** The loss, weighted for its gradient alone, with a float32 scalar in host memory. */
  public Loss loss(NDArray prediction, NDArray target, NDArray weight) {
    NDList found = call("loss", unnamed(prediction, target, weight));
    return new Loss(found.get(0), found.get(1));
  }

  /**
   * Writes a weighted loss, multiplied in float64, to a place among the facts, and adds 1 at {@code
   * count}.
   */
  public void note(NDArray facts, int place, int count, NDArray loss, double weight) {
    try (NDArray plan = host.create(new double[] {weight, place, count})) {
      callOne("note", unnamed(facts, loss, plan)).close();
    }
  }

  /**
   * AdamW in place on a flat part.
   *
   * @param plan [learning rate, weight decay, beta1, beta2, epsilon], float64 in host memory
   * @param number of this update, from 1, a scalar in host memory
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
    inputs.addAll(unnamed(plan, number));
    call("adamw", inputs).close();
  }

  /**
   * target = momentum x target + (1 - momentum) x weights, in place, part by part; the momentum is
   * a scalar in host memory.
   */
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
    try (NDArray parts = host.create(sizes)) {
      return call("views", unnamed(flat, parts));
    }
  }

  /** Multiplies a tensor in place. */
  public void scale(NDArray tensor, double factor) {
    try (NDArray scalar = host.create(factor)) {
      callOne("scale", unnamed(tensor, scalar)).close();
    }
  }

  /** Euclidean norm of a flat gradient, accumulated in float64; not finite if an element is not. */
  public double norm(NDArray gradient) {
    try (NDArray norm = callOne("norm", unnamed(gradient))) {
      return norm.getDouble();
    }
  }

  /** Euclidean norm of each tensor, accumulated in float64. */
  public double[] norms(List<NDArray> tensors) {
    try (NDArray norms = callOne("norms", named("tensors[]", tensors))) {
      return norms.toDoubleArray();
    }
  }

  /**
   * Reads what is to be known of a reduced gradient in one go, as soon as it is computed.
   *
   * @param buffer gradient and facts, one after another
   * @param gradient the one part of it
   * @param facts the other
   * @param digested whether a digest is wanted
   */
  public Settled settled(FlatTensor buffer, NDArray gradient, NDArray facts, boolean digested) {
    if (digested && powers.isPresent()) {
      return settled(buffer, gradient, facts, powers.get());
    }
    try (NDArray known = callOne("settled", unnamed(gradient, facts))) {
      return Settled.of(known.toLongArray(), digested ? TensorDigest.of(buffer) : 0);
    }
  }

  /** With a digest that is added up where the buffer lies. */
  Settled settled(FlatTensor buffer, NDArray gradient, NDArray facts, NDArray itsPowers) {
    NDList inputs = unnamed(gradient, facts, buffer.array(), itsPowers);
    try (NDArray known = callOne("settled_with_sums", inputs)) {
      long[] all = known.toLongArray();
      int end = Math.toIntExact(1 + facts.size());
      long rows = itsPowers.size();
      long digest = TensorDigest.of(Arrays.copyOfRange(all, end, all.length), rows, buffer.size());
      return Settled.of(Arrays.copyOf(all, end), digest);
    }
  }

  /**
   * Encoder outputs for whole images: patches [B, N, E] -> [B, N, D] for each block number in
   * {@code layers} (from 1; the last block's after the final norm).
   */
  public List<NDArray> features(
      Weights encoder, NDArray positions, NDArray patches, long... layers) {
    try (NDArray wanted = host.create(layers)) {
      return call("features", with(unnamed(patches, positions, wanted), encoder));
    }
  }

  @Override
  public void close() {
    module.close();
    manager.close();
  }
}
