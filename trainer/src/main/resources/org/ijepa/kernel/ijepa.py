# The tensor code of the training step, in TorchScript: what DJL has no call for, or one call per tensor.
#
# B images, N patches of an image, K context patches, M target blocks, T patches of a block, D width, H heads,
# P predictor width, E elements of a patch (channels x side x side).
#
# The weights of a network arrive as two lists, `m` its matrices and `v` its vectors, in the order of vit.Layout and each flat. With
# `mixed`, all inputs of a matrix product are bfloat16: matrices that are trained arrive so, those of the target encoder are rounded as
# they are used, so that nobody keeps a copy. What a product makes is bfloat16, too, and so is what lies between two of them: attention's
# scores and shares, and GELU's results, though softmax and GELU compute in float32 within. Residual stream, norms and loss stay float32.
#
# A network is a chain of stages: its entry, its blocks, its end. Each has a graph of its own, from its input and its weights to its
# output, so that the backward pass goes from stage to stage and leaves every weight's gradient where it belongs at once. With
# `checkpointing` no graph is kept but the stages' inputs, from which the backward pass makes each stage once more.
#
# A GPU computes behind the thread that tells it what to do, and must not be asked before the step is over: a value read from its memory
# (`float(x)`, `nonzero`) waits until all before it is done. So numbers, and indices from which a shape follows, come in host memory.
class IJepa(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  channels : int
  patch : int
  width : int
  depth : int
  heads : int
  hidden : int
  predictor_width : int
  predictor_depth : int
  predictor_heads : int
  predictor_hidden : int
  norm_eps : float
  target_norm_eps : float
  mixed : bool
  checkpointing : bool
  fused_attention : bool
  onednn : bool
  staged : bool

  # A tensor on the device of another one. What lies in ordinary memory goes by way of page-locked memory, from which a GPU fetches it
  # when its turn comes: the caller neither waits nor has to keep it. Else it is there already, on the CPU as in a GPU's memory.
  def bring(self: __torch__.IJepa, x: Tensor, to: Tensor) -> Tensor:
    y = x
    if torch.ne(x.device, to.device):
      if self.staged:
        y = torch.pin_memory(y)
      y = torch.to(y, to.device, ops.prim.dtype(x), True)
    return y

  # uint8 [B, S, S, C] -> float32 [B, N, E], normalised per channel; E in the order channel, row, column.
  def patches(self: __torch__.IJepa, images: Tensor, mean: Tensor, deviation: Tensor) -> Tensor:
    x = torch.div(torch.sub(torch.to(self.bring(images, mean), 6), mean), deviation)
    b = torch.size(x, 0)
    side = torch.floordiv(torch.size(x, 1), self.patch)
    x0 = torch.view(x, [b, side, self.patch, side, self.patch, self.channels])
    x1 = torch.permute(x0, [0, 1, 3, 5, 2, 4])
    return torch.reshape(x1, [b, torch.mul(side, side), -1])

  # float32 [B, C, S, S], already normalised -> float32 [B, N, E].
  def patches_of_planes(self: __torch__.IJepa, images: Tensor) -> Tensor:
    b = torch.size(images, 0)
    side = torch.floordiv(torch.size(images, 2), self.patch)
    x0 = torch.view(images, [b, self.channels, side, self.patch, side, self.patch])
    x1 = torch.permute(x0, [0, 2, 4, 1, 3, 5])
    return torch.reshape(x1, [b, torch.mul(side, side), -1])

  # [B, N, E] and indices [B, K], in host memory or with x -> [B, K, E].
  def pick(self: __torch__.IJepa, x: Tensor, index: Tensor) -> Tensor:
    b = torch.size(x, 0)
    n = torch.size(x, 1)
    first = torch.mul(torch.unsqueeze(torch.arange(b, dtype=4, layout=None, device=index.device), 1), n)
    rows = self.bring(torch.view(torch.add(index, first), [-1]), x)
    picked = torch.index_select(torch.reshape(x, [torch.mul(b, n), torch.size(x, 2)]), 0, rows)
    return torch.view(picked, [b, torch.size(index, 1), torch.size(x, 2)])

  def linear(self: __torch__.IJepa, x: Tensor, matrix: Tensor, bias: Tensor) -> Tensor:
    weight = torch.view(matrix, [torch.size(bias, 0), -1])
    if self.mixed:
      y = torch.linear(torch.to(x, 15), torch.to(weight, 15), torch.to(bias, 15))
    else:
      y = torch.linear(x, weight, bias)
    return y

  # The same where no gradient is asked for, with `activation` (none or gelu) in the same pass. oneDNN adds the bias within
  # the product too, and its float32 products were a tenth faster than those of torch.linear.
  def frozen_linear(self: __torch__.IJepa, x: Tensor, matrix: Tensor, bias: Tensor, activation: str) -> Tensor:
    fast = self.onednn
    if self.mixed:
      fast = torch.__and__(fast, ops.mkldnn._is_mkldnn_bf16_supported())
    if fast:
      weight = torch.view(matrix, [torch.size(bias, 0), -1])
      no_scalars = annotate(List[Optional[number]], [])
      if self.mixed:
        y = ops.mkldnn._linear_pointwise(torch.to(x, 15), torch.to(weight, 15), torch.to(bias, 15), activation, no_scalars, "none")
      else:
        y = ops.mkldnn._linear_pointwise(x, weight, bias, activation, no_scalars, "none")
    else:
      y = self.linear(x, matrix, bias)
      if torch.eq(activation, "gelu"):
        y = torch.gelu(y)
    return y

  # q [B, H, Q, D / H], k, v [B, H, L, D / H], each contiguous -> [B, H, Q, D / H].
  def attend(self: __torch__.IJepa, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    if self.fused_attention:
      y = torch.scaled_dot_product_attention(q, k, v, None, 0., False)
    else:
      b = torch.size(q, 0)
      h = torch.size(q, 1)
      d = torch.size(q, 3)
      q0 = torch.reshape(q, [torch.mul(b, h), -1, d])
      k0 = torch.reshape(k, [torch.mul(b, h), -1, d])
      v0 = torch.reshape(v, [torch.mul(b, h), -1, d])
      # The product takes the scale with it: nothing is multiplied by itself.
      none = torch.zeros([1], dtype=ops.prim.dtype(q), layout=None, device=q.device)
      scores = torch.baddbmm(none, q0, torch.transpose(k0, 1, 2), beta=0, alpha=torch.pow(d, -0.5))
      share = torch.softmax(scores, -1)
      y = torch.view(torch.bmm(share, v0), [b, h, -1, d])
    return y

  # Queries, keys and values [B, L, 3 D] -> what the tokens from `first` on attend to, [B, L - first, D].
  def attention(self: __torch__.IJepa, qkv: Tensor, heads: int, first: int) -> Tensor:
    b = torch.size(qkv, 0)
    n = torch.size(qkv, 1)
    d = torch.floordiv(torch.size(qkv, 2), 3)
    split = torch.contiguous(torch.permute(torch.view(qkv, [b, n, 3, heads, torch.floordiv(d, heads)]), [2, 0, 3, 1, 4]))
    q, k, v, = torch.unbind(split)
    if torch.gt(first, 0):
      q = torch.slice(q, 2, first)
    a = self.attend(q, k, v)
    return torch.reshape(torch.transpose(a, 1, 2), [b, torch.sub(n, first), d])

  # One pre-norm block on [B, L, D], of which the tokens from `first` on come out, [B, L - first, D]: m the four
  # matrices qkv, proj, fc1, fc2 from `at` on; v the eight vectors norm1 (weight, bias), qkv, proj, norm2 (weight,
  # bias), fc1, fc2 from `vat` on.
  def block(self: __torch__.IJepa, x: Tensor, m: List[Tensor], at: int, v: List[Tensor], vat: int, heads: int, first: int) -> Tensor:
    b = torch.size(x, 0)
    n = torch.size(x, 1)
    d = torch.size(x, 2)
    h = torch.layer_norm(x, [d], v[vat], v[torch.add(vat, 1)], self.norm_eps)
    merged = self.attention(self.linear(h, m[at], v[torch.add(vat, 2)]), heads, first)
    kept = x
    if torch.gt(first, 0):
      kept = torch.slice(x, 1, first)
    x0 = torch.add(kept, self.linear(merged, m[torch.add(at, 1)], v[torch.add(vat, 3)]))
    h0 = torch.layer_norm(x0, [d], v[torch.add(vat, 4)], v[torch.add(vat, 5)], self.norm_eps)
    inner = torch.gelu(self.linear(h0, m[torch.add(at, 2)], v[torch.add(vat, 6)]))
    return torch.add(x0, self.linear(inner, m[torch.add(at, 3)], v[torch.add(vat, 7)]))

  # The same block of the encoder where no gradient is asked for. With `rows`, numbers [U] of tokens among all B L, only these
  # come out, [1, U, D]: they still attend to all.
  def frozen_block(self: __torch__.IJepa, x: Tensor, m: List[Tensor], at: int, v: List[Tensor], vat: int, rows: Optional[Tensor]) -> Tensor:
    d = torch.size(x, 2)
    h = torch.layer_norm(x, [d], v[vat], v[torch.add(vat, 1)], self.norm_eps)
    merged = self.attention(self.frozen_linear(h, m[at], v[torch.add(vat, 2)], "none"), self.heads, 0)
    kept = x
    if torch.__isnot__(rows, None):
      asked = unchecked_cast(Tensor, rows)
      merged = torch.unsqueeze(torch.index_select(torch.view(merged, [-1, d]), 0, asked), 0)
      kept = torch.unsqueeze(torch.index_select(torch.view(x, [-1, d]), 0, asked), 0)
    x0 = torch.add(kept, self.frozen_linear(merged, m[torch.add(at, 1)], v[torch.add(vat, 3)], "none"))
    h0 = torch.layer_norm(x0, [d], v[torch.add(vat, 4)], v[torch.add(vat, 5)], self.norm_eps)
    inner = self.frozen_linear(h0, m[torch.add(at, 2)], v[torch.add(vat, 6)], "gelu")
    return torch.add(x0, self.frozen_linear(inner, m[torch.add(at, 3)], v[torch.add(vat, 7)], "none"))

  def final_norm(self: __torch__.IJepa, x: Tensor, v: List[Tensor]) -> Tensor:
    at = torch.add(torch.mul(self.depth, 8), 1)
    return torch.layer_norm(x, [self.width], v[at], v[torch.add(at, 1)], self.norm_eps)

  # The encoder without gradients for whole images: patches [B, N, E], positions [N, D] -> one [B, N, D] for each depth in `layers`
  # (counted from 1; the last layer after its norm, earlier ones as they leave their block). With `rows` only these tokens
  # of the last layer come out, [1, U, D].
  def encode_frozen(self: __torch__.IJepa, patches: Tensor, positions: Tensor, m: List[Tensor], v: List[Tensor], layers: List[int], rows: Optional[Tensor]) -> List[Tensor]:
    x = torch.add(self.frozen_linear(patches, m[0], v[0], "none"), torch.unsqueeze(positions, 0))
    out = annotate(List[Tensor], [])
    for i in range(self.depth):
      depth = torch.add(i, 1)
      asked = annotate(Optional[Tensor], None)
      if torch.eq(depth, self.depth):
        asked = rows
      x = self.frozen_block(x, m, torch.add(torch.mul(i, 4), 1), v, torch.add(torch.mul(i, 8), 1), asked)
      if torch.__contains__(layers, depth):
        if torch.eq(depth, self.depth):
          _0 = torch.append(out, self.final_norm(x, v))
        else:
          _1 = torch.append(out, x)
    return out

  # Target encoder on whole images: patches [B, N, E], target indices [M, B, T] -> [M B, T, D], norm without affine.
  # Its last block and norms are computed for the tokens of any target alone, each once.
  def target(self: __torch__.IJepa, patches: Tensor, positions: Tensor, targets: Tensor, m: List[Tensor], v: List[Tensor]) -> Tensor:
    rows, seats, = self.asked(targets, patches)
    x = self.encode_frozen(patches, positions, m, v, [self.depth], rows)[0]
    h = torch.view(torch.layer_norm(x, [self.width], None, None, self.target_norm_eps), [-1, self.width])
    picked = torch.index_select(h, 0, seats)
    return torch.view(picked, [torch.mul(torch.size(targets, 0), torch.size(patches, 0)), -1, self.width])

  # Target indices [M, B, T] of patches [B, N, E] -> the numbers [U] of their tokens among all B N, each once, and for each target its
  # place [M B T] among these. Found where the indices lie: in host memory, as U is the shape of what follows.
  def asked(self: __torch__.IJepa, targets: Tensor, patches: Tensor) -> Tuple[Tensor, Tensor]:
    b = torch.size(patches, 0)
    n = torch.size(patches, 1)
    first = torch.unsqueeze(torch.mul(torch.arange(b, dtype=4, layout=None, device=targets.device), n), 1)
    tokens = torch.reshape(torch.add(targets, first), [-1])
    asked = torch.zeros([torch.mul(b, n)], dtype=4, layout=None, device=targets.device)
    _0 = torch.index_fill_(asked, 0, tokens, 1)
    place = torch.sub(torch.cumsum(asked, 0), 1)
    rows = torch.view(torch.nonzero(asked), [-1])
    # Few different numbers of rows: each new one costs the library a preparation of its products.
    surplus = torch.remainder(torch.neg(torch.size(rows, 0)), 64)
    padded = torch.cat([rows, torch.expand(torch.slice(rows, 0, 0, 1), [surplus])])
    seats = torch.index_select(place, 0, tokens)
    return (self.bring(padded, patches), self.bring(seats, patches))

  # Entry of the context encoder: patches [B, K, E] with their position embeddings [B, K, D] -> [B, K, D].
  def embed(self: __torch__.IJepa, patches: Tensor, at: Tensor, m: List[Tensor], v: List[Tensor]) -> Tensor:
    return torch.add(self.linear(patches, m[0], v[0]), at)

  # Entry of the predictor: tokens [B, K, D], position embeddings of the context [B, K, P] and of the targets [M B, T, P] ->
  # for each target block its sequence [M B, K + T, P].
  def ask(self: __torch__.IJepa, tokens: Tensor, at_context: Tensor, at_targets: Tensor, m: List[Tensor], v: List[Tensor]) -> Tensor:
    context = torch.add(self.linear(tokens, m[0], v[1]), at_context)
    masked = torch.add(at_targets, v[0])
    b = torch.size(context, 0)
    blocks = torch.floordiv(torch.size(masked, 0), b)
    k = torch.size(context, 1)
    p = self.predictor_width
    many = torch.reshape(torch.expand(torch.unsqueeze(context, 0), [blocks, b, k, p]), [torch.mul(blocks, b), k, p])
    return torch.cat([many, masked], 1)

  # End of the predictor: [M B, T, P] -> predictions [M B, T, D].
  def answer(self: __torch__.IJepa, x: Tensor, m: List[Tensor], v: List[Tensor]) -> Tensor:
    at = torch.add(torch.mul(self.predictor_depth, 8), 2)
    y = torch.layer_norm(x, [self.predictor_width], v[at], v[torch.add(at, 1)], self.norm_eps)
    return torch.to(self.linear(y, m[-1], v[torch.add(at, 2)]), 6)

  # Stage i of a network: 0 its entry, then its blocks, then its end. `beside` are the position embeddings that its entry takes:
  # one tensor for the encoder, two for the predictor.
  def stage(self: __torch__.IJepa, i: int, x: Tensor, beside: List[Tensor], m: List[Tensor], v: List[Tensor]) -> Tensor:
    predicts = torch.eq(torch.len(beside), 2)
    depth = self.depth
    heads = self.heads
    if predicts:
      depth = self.predictor_depth
      heads = self.predictor_heads
    if torch.eq(i, 0):
      if predicts:
        y = self.ask(x, beside[0], beside[1], m, v)
      else:
        y = self.embed(x, beside[0], m, v)
    elif torch.gt(i, depth):
      if predicts:
        y = self.answer(x, m, v)
      else:
        y = self.final_norm(x, v)
    else:
      # Of the predictor's last block only the targets' tokens are asked for.
      first = 0
      if torch.__and__(predicts, torch.eq(i, depth)):
        first = torch.size(beside[0], 1)
      before = torch.sub(i, 1)
      y = self.block(x, m, torch.add(torch.mul(before, 4), 1), v, torch.add(torch.mul(before, 8), torch.len(beside)), heads, first)
    return y

  # A network's stages one after another -> each one's input and output, in turn.
  def run(self: __torch__.IJepa, x: Tensor, beside: List[Tensor], m: List[Tensor], v: List[Tensor]) -> List[Tensor]:
    stages = torch.add(self.depth, 2)
    y = x
    if torch.eq(torch.len(beside), 2):
      stages = torch.add(self.predictor_depth, 2)
      y = torch.requires_grad_(torch.detach(x), True)
    kept = annotate(List[Tensor], [])
    for i in range(stages):
      start = y
      if torch.gt(i, 0):
        start = torch.requires_grad_(torch.detach(y), True)
      y = self.stage(i, start, beside, m, v)
      _0 = torch.append(kept, start)
      _1 = torch.append(kept, y)
    return kept

  # The way back through some of the stages that `run` kept, from `plan[1]` (not with it) to `plan[0]`: from the gradient of the last one's
  # output, adds each weight's gradient to `gm` or `gv`. Returns the gradient of the first one's input; of the encoder's, none, that of its
  # first block's. The plan is in host memory.
  def back(self: __torch__.IJepa, last: Tensor, kept: List[Tensor], beside: List[Tensor], m: List[Tensor], v: List[Tensor], gm: List[Tensor], gv: List[Tensor], plan: Tensor) -> Tensor:
    first = int(plan[0])
    end = int(plan[1])
    d = last
    for done in range(torch.sub(end, first)):
      i = torch.sub(torch.sub(end, done), 1)
      x = kept[torch.mul(i, 2)]
      if self.checkpointing:
        y = self.stage(i, x, beside, m, v)
      else:
        y = kept[torch.add(torch.mul(i, 2), 1)]
      # The stage's weights: the entry has one matrix and as many vectors as there are tensors beside, the others four and eight at most.
      at = 0
      to = 1
      vat = 0
      vto = torch.len(beside)
      if torch.gt(i, 0):
        at = torch.sub(torch.mul(i, 4), 3)
        to = torch.add(at, 4)
        vat = torch.add(vto, torch.mul(torch.sub(i, 1), 8))
        vto = torch.add(vat, 8)
      inputs = torch.add(torch.slice(m, at, to), torch.slice(v, vat, vto))
      sums = torch.add(torch.slice(gm, at, to), torch.slice(gv, vat, vto))
      if x.requires_grad:
        _0 = torch.append(inputs, x)
      found = torch.grad([y], inputs, annotate(List[Optional[Tensor]], [d]))
      for j in range(torch.len(sums)):
        _1 = torch.add_(sums[j], unchecked_cast(Tensor, found[j]))
      if x.requires_grad:
        d = unchecked_cast(Tensor, found[-1])
    return d

  # Rows [B, K] of a table [N, D], told in host memory or with it -> [B, K, D]; for target blocks [M, B, T] -> [M B, T, D].
  def places(self: __torch__.IJepa, index: Tensor, table: Tensor) -> Tensor:
    rows = torch.index_select(table, 0, self.bring(torch.reshape(index, [-1]), table))
    return torch.view(rows, [-1, torch.size(index, -1), torch.size(table, 1)])

  # Smooth L1 with beta 1, mean over everything -> the loss, and the gradient of weight x loss for the prediction. The weight is a scalar
  # in host memory, which kernels take as a number.
  def loss(self: __torch__.IJepa, prediction: Tensor, target: Tensor, weight: Tensor) -> List[Tensor]:
    p = torch.requires_grad_(torch.detach(prediction), True)
    loss = torch.smooth_l1_loss(p, target, 1, 1.)
    found = torch.grad([torch.mul(loss, weight)], [p])
    return [torch.detach(loss), unchecked_cast(Tensor, found[0])]

  # fact `place` of those behind the gradient <- weight x loss, of float64, and fact `count` goes up by one. plan = [weight, place, count], in
  # host memory.
  def note(self: __torch__.IJepa, facts: Tensor, loss: Tensor, plan: Tensor) -> Tensor:
    weighted = torch.mul(torch.to(loss, 7), float(plan[0]))
    _0 = torch.copy_(torch.select(facts, 0, int(plan[1])), weighted)
    _1 = torch.add_(torch.select(facts, 0, int(plan[2])), 1)
    return plan

  # AdamW in place on flat parts. plan = [lr, weight decay, beta1, beta2, eps] and the update's number, from 1, in host memory.
  def adamw(self: __torch__.IJepa, weights: List[Tensor], gradient: List[Tensor], first: List[Tensor], second: List[Tensor], plan: Tensor, number: Tensor) -> List[Tensor]:
    # The kernel reads the number where the weights are, and makes its corrections of the bias from it.
    count = torch.full([], float(number), dtype=6, layout=None, device=ops.prim.device(weights[0]))
    torch._fused_adamw_(weights, gradient, first, second, annotate(List[Tensor], []), [count], lr=float(plan[0]), beta1=float(plan[2]), beta2=float(plan[3]), weight_decay=float(plan[1]), eps=float(plan[4]), amsgrad=False, maximize=False)
    return weights

  # target <- momentum x target + (1 - momentum) x weights, part by part; the momentum in host memory.
  def ema(self: __torch__.IJepa, target: List[Tensor], weights: List[Tensor], momentum: Tensor) -> Tensor:
    share = torch.sub(1., float(momentum))
    for i in range(torch.len(target)):
      _0 = torch.lerp_(target[i], weights[i], share)
    return momentum

  # to <- from, converted to the type of `to` (how the bfloat16 copies of the matrices follow the weights).
  def refresh(self: __torch__.IJepa, to: List[Tensor], source: List[Tensor]) -> List[Tensor]:
    for i in range(torch.len(to)):
      _0 = torch.copy_(to[i], source[i])
    return to

  def bfloat16(self: __torch__.IJepa, source: List[Tensor]) -> List[Tensor]:
    out = annotate(List[Tensor], [])
    for x in source:
      _0 = torch.append(out, torch.to(x, 15))
    return out

  # Consecutive parts of a flat tensor, as views; their sizes in host memory.
  def views(self: __torch__.IJepa, flat: Tensor, sizes: Tensor) -> List[Tensor]:
    parts = annotate(List[Tensor], [])
    for part in torch.split_with_sizes(flat, self.ints(sizes)):
      _0 = torch.append(parts, torch.detach(part))
    return parts

  def ints(self: __torch__.IJepa, x: Tensor) -> List[int]:
    out = annotate(List[int], [])
    for i in range(torch.size(x, 0)):
      _0 = torch.append(out, int(x[i]))
    return out

  # Outputs of the blocks numbered in `layers`, in host memory, for whole images.
  def features(self: __torch__.IJepa, patches: Tensor, positions: Tensor, layers: Tensor, m: List[Tensor], v: List[Tensor]) -> List[Tensor]:
    return self.encode_frozen(patches, positions, m, v, self.ints(layers), None)

  # x <- factor x x, the factor in host memory.
  def scale(self: __torch__.IJepa, x: Tensor, factor: Tensor) -> Tensor:
    _0 = torch.mul_(x, float(factor))
    return factor

  # Norm of a tensor, accumulated in float64 -> scalar. A CPU makes a copy in float64 of what it is asked of, of a ViT-B's whole gradient
  # 745 MiB: hence part by part, each so small that one thread makes it, in its cache. A GPU converts as it adds.
  def norm_of(self: __torch__.IJepa, x: Tensor) -> Tensor:
    size = 32768
    if ops.prim.is_cuda(x):
      size = torch.numel(x)
    out = annotate(List[Tensor], [])
    for part in torch.split(torch.reshape(x, [-1]), size):
      _0 = torch.append(out, torch.linalg_vector_norm(part, 2, dtype=7))
    return torch.linalg_vector_norm(torch.stack(out), 2)

  # Norm of the gradient -> scalar in host memory.
  def norm(self: __torch__.IJepa, gradient: Tensor) -> Tensor:
    return self.host(self.norm_of(gradient))

  # Norm of each tensor -> [number of tensors] in host memory.
  def norms(self: __torch__.IJepa, tensors: List[Tensor]) -> Tensor:
    out = annotate(List[Tensor], [])
    for x in tensors:
      _0 = torch.append(out, self.norm_of(x))
    return self.host(torch.stack(out))

  # Waits until a tensor is computed, and brings it to host memory.
  def host(self: __torch__.IJepa, x: Tensor) -> Tensor:
    return torch.to(x, torch.device("cpu"), ops.prim.dtype(x))

  # What the protocol wants to know of a reduced gradient, in one go -> int64 in host memory: the bits of the gradient's norm as float64,
  # then those of the facts behind it as float32.
  def settled(self: __torch__.IJepa, gradient: Tensor, facts: Tensor) -> Tensor:
    return self.host(self.known(gradient, facts))

  # The same, and what `sums` makes of the buffer that both are parts of.
  def settled_with_sums(self: __torch__.IJepa, gradient: Tensor, facts: Tensor, buffer: Tensor, powers: Tensor) -> Tensor:
    return self.host(torch.cat([self.known(gradient, facts), self.sums(buffer, powers)]))

  # Bits are seen through copies: TorchScript has no view of them.
  def known(self: __torch__.IJepa, gradient: Tensor, facts: Tensor) -> Tensor:
    norm = torch.reshape(self.norm_of(gradient), [1])
    return torch.cat([torch.view_copy(norm, dtype=4), torch.to(torch.view_copy(facts, dtype=3), 4)])

  # The bits of a flat tensor of float32 as rows of four int32, R rows a chunk, each row times its power [R, 1], added up over the chunk in
  # int64, which wraps -> the sums of all chunks one after another. The last chunk is as long as it is, its last row filled with zeros.
  def sums(self: __torch__.IJepa, flat: Tensor, powers: Tensor) -> Tensor:
    most = torch.size(powers, 0)
    out = annotate(List[Tensor], [])
    for part in torch.split(flat, torch.mul(most, 4)):
      bits = torch.to(torch.view_copy(part, dtype=3), 4)
      surplus = torch.remainder(torch.neg(torch.size(bits, 0)), 4)
      rows = torch.view(torch.constant_pad_nd(bits, [0, surplus], 0), [-1, 4])
      first = torch.sub(most, torch.size(rows, 0))
      _0 = torch.append(out, torch.sum(torch.mul(rows, torch.slice(powers, 0, first)), [0]))
    return torch.cat(out)

  def forward(self: __torch__.IJepa, x: Tensor) -> Tensor:
    return x
