package org.ijepa.replica;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.ijepa.kernel.FlatTensor;
import org.ijepa.kernel.Kernels;
import org.ijepa.kernel.Kernels.Loss;
import org.ijepa.kernel.Kernels.Pass;
import org.ijepa.kernel.Kernels.Weights;
import org.ijepa.kernel.Settled;
import org.ijepa.vit.Geometry;
import org.ijepa.vit.GradientPart;
import org.ijepa.vit.Initialisation;
import org.ijepa.vit.Layout;
import org.ijepa.vit.Parameter;
import org.ijepa.vit.Parameter.Network;
import org.ijepa.vit.Positions;

/**
 * One replica of the model on one device, and its training step (Assran et al. 2023, section 3;
 * shapes: B images of a micro-batch, N patches, K context patches, M target blocks, T patches of a
 * block, D width, E elements of a patch).
 *
 * <p>A step is: {@link #beginStep}, {@link #accumulate} for each micro-batch, an all-reduce (sum)
 * of {@link #gradient()} by the owner, {@link #settled}, then {@link #update} and {@link
 * #moveTarget}. On a GPU all of it lies there from the images to the loss, and only {@link
 * #settled} and {@link #await} wait for it; all else tells it what to do and returns. Used by one
 * thread at a time, which has called {@link Kernels#prepareThread}.
 */
public final class Replica implements AutoCloseable {
  /** Elements, 4 MiB: even at 10 Gbit/s a sum of so many takes far longer than to begin one. */
  private static final long LEAST_PART = 1 << 20;

  private final Geometry geometry;
  private final boolean checkpointing;
  private final PhaseClock clock = new PhaseClock();
  private final Kernels kernels;
  private final PtNDManager manager;

  /** Of what the kernels take from host memory. */
  private final PtNDManager host;

  private final ReplicaState state;
  private final FlatTensor gradient;
  private final Optimizer optimizer;

  private final NDArray encoderPositions;
  private final NDArray predictorPositions;
  private final NDArray mean;
  private final NDArray deviation;

  private final Weights encoder;
  private final Weights predictor;
  private final Weights targetEncoder;
  private final Weights encoderGradient;
  private final Weights predictorGradient;
  private final List<NDArray> matrices;
  private final List<NDArray> matrixCopies;
  private final List<NDArray> trainedEncoder;
  private final List<NDArray> targetParts;

  /** The buffer's two parts: the gradient itself, and the facts. */
  private final List<NDArray> reduced;

  private final GradientParts parts;

  /**
   * How a replica computes.
   *
   * @param kernels with {@code mixed}, master weights are float32 nevertheless
   * @param mean per channel, of pixel values 0-255
   * @param deviation per channel, of pixel values 0-255
   * @param facts elements after the gradient in its buffer that take part in the all-reduce
   * @param leastPart elements of a part of the gradient that is worth a sum of its own
   */
  public record Options(
      Kernels.Options kernels,
      List<Float> mean,
      List<Float> deviation,
      Optimizer.Betas betas,
      int facts,
      long leastPart) {
    /** With sums as large as is best. */
    public Options(
        Kernels.Options kernels,
        List<Float> mean,
        List<Float> deviation,
        Optimizer.Betas betas,
        int facts) {
      this(kernels, mean, deviation, betas, facts, LEAST_PART);
    }

    /** With the operators that serve the device best. */
    public Options(
        boolean mixed,
        boolean checkpointing,
        List<Float> mean,
        List<Float> deviation,
        Optimizer.Betas betas,
        int facts) {
      this(new Kernels.Options(mixed, checkpointing), mean, deviation, betas, facts);
    }
  }

  /** A replica with all weights zero, to be filled by initialisation, checkpoint or broadcast. */
  public Replica(NDManager parent, Geometry geometry, Options options) {
    this.geometry = geometry;
    checkpointing = options.kernels().checkpointing();
    manager = (PtNDManager) parent.newSubManager();
    host = onHost(manager);
    kernels = new Kernels(manager, geometry, options.kernels());
    Layout layout = Layout.of(geometry);
    state = new ReplicaState(manager, layout);
    gradient = FlatTensor.zeros(manager, layout.size() + options.facts());
    mean = perChannel(options.mean());
    deviation = perChannel(options.deviation());
    encoderPositions = positions(geometry.width());
    predictorPositions = positions(geometry.predictorWidth());

    long[] sizes = {
      layout.encoderMatrices(),
      layout.predictorMatrices(),
      layout.predictorVectors(),
      layout.encoderVectors()
    };
    List<NDArray> weights = kernels.views(state.weights().array(), sizes);
    targetParts =
        kernels.views(state.target().array(), layout.encoderMatrices(), layout.encoderVectors());
    trainedEncoder = List.of(weights.get(0), weights.get(3));
    matrices = List.of(weights.get(0), weights.get(1));
    matrixCopies = options.kernels().mixed() ? kernels.bfloat16(matrices) : matrices;

    encoder = weights(layout, Network.ENCODER, matrixCopies.get(0), weights.get(3));
    predictor = weights(layout, Network.PREDICTOR, matrixCopies.get(1), weights.get(2));
    targetEncoder = weights(layout, Network.ENCODER, targetParts.get(0), targetParts.get(1));
    for (Weights trained : List.of(encoder, predictor)) {
      trained.matrices().forEach(leaf -> leaf.setRequiresGradient(true));
      trained.vectors().forEach(leaf -> leaf.setRequiresGradient(true));
    }
    List<NDArray> gradients = kernels.views(gradient.array(), withTail(sizes, options.facts()));
    encoderGradient = weights(layout, Network.ENCODER, gradients.get(0), gradients.get(3));
    predictorGradient = weights(layout, Network.PREDICTOR, gradients.get(1), gradients.get(2));
    reduced = kernels.views(gradient.array(), layout.size(), options.facts());
    optimizer = new Optimizer(host, kernels, state, gradient, options.betas());
    parts = new GradientParts(layout, gradient, options.leastPart());
  }

  /** The parts of a network's storage as tensors of their own, one for each parameter. */
  private Weights weights(Layout layout, Network network, NDArray matrices, NDArray vectors) {
    return new Weights(
        kernels.views(matrices, layout.matrixSizes(network)),
        kernels.views(vectors, layout.vectorSizes(network)));
  }

  private static long[] withTail(long[] parts, long tail) {
    long[] all = Arrays.copyOf(parts, parts.length + 1);
    all[parts.length] = tail;
    return all;
  }

  private NDArray perChannel(List<Float> values) {
    float[] array = new float[values.size()];
    for (int i = 0; i < array.length; i++) {
      array[i] = values.get(i);
    }
    return manager.create(array);
  }

  private NDArray positions(int width) {
    return manager.create(
        Positions.table(width, geometry.side()), new Shape(geometry.patches(), width));
  }

  /** Sizes of the networks. */
  public Geometry geometry() {
    return geometry;
  }

  /** What outlives a step; after writing to it call {@link #stateChanged}. */
  public ReplicaState state() {
    return state;
  }

  /** The gradient, laid out as the weights, followed by the facts that ride with it. */
  public FlatTensor gradient() {
    return gradient;
  }

  /**
   * The same in slices, in the order in which the step's last backward pass completes them; facts
   * end the last one, which is complete with the step.
   */
  public List<FlatTensor> gradientParts() {
    return parts.sums();
  }

  /** The kernels, for evaluation of the target encoder. */
  public Kernels kernels() {
    return kernels;
  }

  /** Takes the values that a run with this seed begins with; the target encoder is a copy. */
  public void initialise(Initialisation initialisation, long seed) {
    for (Parameter parameter : state.layout().parameters()) {
      state
          .weights()
          .write(
              parameter.offset(),
              parameter.size(),
              (at, window) -> initialisation.fill(seed, parameter, window));
    }
    kernels.refresh(targetParts, trainedEncoder);
    state.firstMoment().clear();
    state.secondMoment().clear();
    state.updates(0);
    stateChanged();
  }

  /** A state of the same layout in host memory, all zero, for {@link #copyState}. */
  public ReplicaState emptyState() {
    return new ReplicaState(manager.newSubManager(Device.cpu()), state.layout());
  }

  /** Copies what outlives a step. */
  public void copyState(ReplicaState to) {
    kernels.refresh(arrays(to), arrays(state));
    to.updates(state.updates());
  }

  private static List<NDArray> arrays(ReplicaState state) {
    return List.of(
        state.weights().array(),
        state.target().array(),
        state.firstMoment().array(),
        state.secondMoment().array());
  }

  /** Makes copies of the trained weights in other types follow the state. */
  public void stateChanged() {
    if (matrixCopies != matrices) {
      kernels.refresh(matrixCopies, matrices);
    }
  }

  /** Forgets the gradient and facts of an earlier step. */
  public void beginStep() {
    gradient.clear();
  }

  /**
   * One micro-batch: forward, backward, gradients added up.
   *
   * @param images unsigned bytes B x S x S x C in native memory
   * @param context patches that the context encoder sees, B x K
   * @param targets patches of the target blocks, M x B x T
   * @param share of this micro-batch in the loss of the step
   */
  public void accumulate(ByteBuffer images, int[][] context, int[][][] targets, Share share) {
    accumulate(images, context, targets, share, () -> {});
  }

  /**
   * As above.
   *
   * @param completed called each time that this micro-batch's share in another of {@link
   *     #gradientParts} but the last is complete, or on a GPU what makes it so is told
   */
  public void accumulate(
      ByteBuffer images, int[][] context, int[][][] targets, Share share, Runnable completed) {
    try (PtNDManager step = (PtNDManager) manager.newSubManager()) {
      NDArray patches = clock.timed(Phase.INPUT, () -> patches(step, images, context.length));
      PtNDManager indices = onHost(step);
      Outcome outcome =
          accumulate(
              step,
              patches,
              index(indices, context),
              index(indices, targets),
              share.weight(),
              completed);
      kernels.note(reduced.get(1), share.fact(), share.count(), outcome.loss(), share.weight());
    }
  }

  /**
   * What a micro-batch's mean loss is in the loss of the step.
   *
   * @param weight of it
   * @param fact of those behind the gradient that becomes their product
   * @param count another fact, which goes up by 1
   */
  public record Share(double weight, int fact, int count) {}

  /**
   * What one micro-batch computed.
   *
   * @param loss mean of the micro-batch, not weighted; a scalar
   * @param context [B, K, D]
   * @param prediction [M B, T, D]
   * @param target [M B, T, D]
   */
  public record Outcome(NDArray loss, NDArray context, NDArray prediction, NDArray target) {}

  /**
   * As above, from patches [B, N, E] and indices in host memory, but that the loss is left to the
   * caller; what it computed belongs to {@code step}.
   */
  public Outcome accumulate(
      PtNDManager step, NDArray patches, NDArray context, NDArray targets, double weight) {
    return accumulate(step, patches, context, targets, weight, () -> {});
  }

  private Outcome accumulate(
      PtNDManager step,
      NDArray patches,
      NDArray context,
      NDArray targets,
      double weight,
      Runnable completed) {
    NDArray target =
        clock.timed(
            Phase.TARGET, () -> kernels.target(targetEncoder, encoderPositions, patches, targets));
    Pass tokens = clock.timed(Phase.CONTEXT, () -> pass(() -> context(patches, context)));
    Pass predicted =
        clock.timed(Phase.PREDICTOR, () -> pass(() -> predict(tokens.output(), context, targets)));
    NDArray loss =
        clock.timed(
            Phase.BACKWARD,
            () ->
                Kernels.recording(
                    () -> backward(step, tokens, predicted, target, weight, completed)));
    return new Outcome(loss, tokens.output(), predicted.output(), target);
  }

  private NDArray backward(
      PtNDManager step,
      Pass tokens,
      Pass predicted,
      NDArray target,
      double weight,
      Runnable completed) {
    Loss loss = kernels.loss(predicted.output(), target, onHost(step).create((float) weight));
    NDArray last = loss.gradient();
    for (GradientPart part : parts.stages()) {
      NDArray first =
          part.network() == Network.PREDICTOR
              ? kernels.back(predicted, last, predictor, predictorGradient, part.from(), part.to())
              : kernels.back(tokens, last, encoder, encoderGradient, part.from(), part.to());
      // Not left to the end of the step: of many parts that would be much memory.
      last.close();
      last = first;
      if (parts.areSummedApart()) {
        completed.run();
      }
    }
    return loss.value();
  }

  /** A manager of host memory whose tensors live as long as the other's: itself, on the CPU. */
  private static PtNDManager onHost(PtNDManager scope) {
    return scope.getDevice().isGpu() ? scope.newSubManager(Device.cpu()) : scope;
  }

  /** A forward pass that keeps what its backward pass will need. */
  private Pass pass(Supplier<Pass> forward) {
    return checkpointing ? forward.get() : Kernels.recording(forward);
  }

  /** Images, unsigned bytes B x S x S x C in native memory -> [B, N, E]. */
  private NDArray patches(PtNDManager scope, ByteBuffer images, int count) {
    int side = geometry.imageSize();
    Shape shape = new Shape(count, side, side, geometry.channels());
    NDArray bytes = onHost(scope).create(images, shape, DataType.UINT8);
    NDArray patches = kernels.patches(bytes, mean, deviation);
    patches.attach(scope);
    return patches;
  }

  /** [B, N, E] and indices [B, K] -> [B, K, D]. */
  private Pass context(NDArray patches, NDArray index) {
    NDArray places = kernels.places(index, encoderPositions);
    return kernels.context(encoder, kernels.pick(patches, index), places);
  }

  /** [B, K, D] and indices [B, K], [M, B, T] -> [M B, T, D]. */
  private Pass predict(NDArray tokens, NDArray index, NDArray targets) {
    NDArray seen = kernels.places(index, predictorPositions);
    return kernels.predict(predictor, tokens, seen, kernels.places(targets, predictorPositions));
  }

  /** AdamW on encoder and predictor with the (all-reduced) gradient. */
  public void update(Recipe recipe) {
    clock.timed(
        Phase.OPTIMIZER,
        () -> {
          optimizer.update(recipe);
          stateChanged();
        });
  }

  /** The target encoder follows the context encoder: EMA, with the weights just updated. */
  public void moveTarget(Recipe recipe) {
    clock.timed(
        Phase.EMA,
        () -> {
          try (NDArray momentum = host.create(recipe.emaMomentum())) {
            kernels.ema(targetParts, trainedEncoder, momentum);
          }
        });
  }

  /**
   * Where fine-tuning begins: the context encoder gets the weights of the other, or stays as it is
   * and gives them to it, and AdamW starts anew. The target encoder keeps the start until the next
   * call.
   */
  public void beginTuning(Encoder from) {
    if (from == Encoder.CONTEXT) {
      kernels.refresh(targetParts, trainedEncoder);
    } else {
      kernels.refresh(trainedEncoder, targetParts);
    }
    state.firstMoment().clear();
    state.secondMoment().clear();
    state.updates(0);
    stateChanged();
  }

  /**
   * Whole images through the context encoder and back; the gradient is added up, as {@link
   * #accumulate} does.
   *
   * @param images unsigned bytes B x S x S x C in native memory
   * @param head from tokens [B, N, D] to the gradient for them, of the same shape
   */
  public void accumulateWhole(ByteBuffer images, int count, UnaryOperator<NDArray> head) {
    try (PtNDManager scope = (PtNDManager) manager.newSubManager()) {
      NDArray patches = patches(scope, images, count);
      Pass tokens = pass(() -> kernels.context(encoder, patches, encoderPositions));
      NDArray last = head.apply(tokens.output());
      Kernels.recording(() -> kernels.back(tokens, last, encoder, encoderGradient));
    }
  }

  /** Norms of each layer's weights and gradient, the encoder's layers first. */
  public Map<String, LayerNorms> layerNorms() {
    List<Parameter> parameters = state.layout().parameters();
    double[] weights = norms(parameters, state.weights());
    double[] gradients = norms(parameters, gradient);
    Map<String, LayerNorms> layers = new LinkedHashMap<>();
    for (Network network : Network.values()) {
      for (int i = 0; i < parameters.size(); i++) {
        if (parameters.get(i).network() == network) {
          LayerNorms one = new LayerNorms(weights[i], gradients[i]);
          layers.merge(parameters.get(i).layer(), one, LayerNorms::and);
        }
      }
    }
    return layers;
  }

  /** Norm of each parameter's part of a tensor that is laid out as the weights. */
  private double[] norms(List<Parameter> parameters, FlatTensor flat) {
    long[] sizes = parameters.stream().mapToLong(Parameter::size).toArray();
    List<NDArray> views =
        kernels.views(flat.array(), withTail(sizes, flat.size() - state.layout().size()));
    try {
      return kernels.norms(views.subList(0, sizes.length));
    } finally {
      views.forEach(NDArray::close);
    }
  }

  /** Nanoseconds that each phase took so far, on the thread that called for it. */
  public Map<Phase, Long> phaseNanos() {
    return clock.nanos();
  }

  /** Norm of the gradient without the facts; not finite if an element is not. */
  public double gradientNorm() {
    return kernels.norm(reduced.get(0));
  }

  /**
   * Norm of the gradient, the facts behind it, and a digest of both if one is wanted, read in one
   * go: where a step waits for its device.
   */
  public Settled settled(boolean digested) {
    return kernels.settled(gradient, reduced.get(0), reduced.get(1), digested);
  }

  /** Waits until the device has done what it was told. A CPU has, whenever a call returns. */
  public void await() {
    if (manager.getDevice().isGpu()) {
      gradient.get(0);
    }
  }

  /**
   * Encoder outputs [B, N, D] for whole images, one for each block number in {@code layers}.
   *
   * @param images unsigned bytes B x S x S x C in native memory
   * @param which the target encoder, or the context encoder
   * @param scope owns the results
   */
  public List<NDArray> features(
      PtNDManager scope, ByteBuffer images, int count, Encoder which, long... layers) {
    NDArray patches = patches(scope, images, count);
    Weights weights = which == Encoder.TARGET ? targetEncoder : encoder;
    return kernels.features(weights, encoderPositions, patches, layers);
  }

  /**
   * The last block's outputs after its norm, B x N x D one after another, without gradients.
   *
   * @param images unsigned bytes B x S x S x C in native memory
   */
  public float[] tokens(ByteBuffer images, int count, Encoder which) {
    try (PtNDManager scope = (PtNDManager) manager.newSubManager()) {
      NDArray last = features(scope, images, count, which, geometry.depth()).get(0);
      last.attach(scope);
      return last.toFloatArray();
    }
  }

  /**
   * Predictions M x B x T x D one after another, without gradients.
   *
   * @param images unsigned bytes B x S x S x C in native memory
   * @param context patches that the context encoder sees, B x K
   * @param targets patches of the target blocks, M x B x T
   */
  public float[] predictions(ByteBuffer images, int[][] context, int[][][] targets) {
    try (PtNDManager scope = (PtNDManager) manager.newSubManager()) {
      PtNDManager indices = onHost(scope);
      NDArray seen = index(indices, context);
      NDArray tokens = context(patches(scope, images, context.length), seen).output();
      return predict(tokens, seen, index(indices, targets)).output().toFloatArray();
    }
  }

  /** The two encoders of a replica. */
  public enum Encoder {
    TARGET,
    CONTEXT
  }

  /** Indices B x K as a tensor of int64. */
  public static NDArray index(NDManager manager, int[][] rows) {
    long[] flat = new long[rows.length * rows[0].length];
    int at = 0;
    for (int[] row : rows) {
      for (int value : row) {
        flat[at++] = value;
      }
    }
    return manager.create(flat, new Shape(rows.length, rows[0].length));
  }

  /** Indices M x B x T as a tensor of int64. */
  public static NDArray index(NDManager manager, int[][][] blocks) {
    int images = blocks[0].length;
    int patches = blocks[0][0].length;
    long[] flat = new long[blocks.length * images * patches];
    int at = 0;
    for (int[][] block : blocks) {
      for (int[] row : block) {
        for (int value : row) {
          flat[at++] = value;
        }
      }
    }
    return manager.create(flat, new Shape(blocks.length, images, patches));
  }

  @Override
  public void close() {
    kernels.close();
    manager.close();
  }
}
