# The tensor code of the training step, in TorchScript: what DJL has no call for, or one call per tensor.
#
# B images, N patches of an image, K context patches, M target blocks, T patches of a block, D width, H heads,
# P predictor width, E elements of a patch (channels x side x side).
#
# The weights of a network arrive as two flat tensors, `matrices` and `vectors` (see vit.Layout); each is split once,
# so that its gradient comes back flat too. With `mixed`, matrices arrive as bfloat16 and so do all inputs of a
# matrix product; residual stream, norms, softmax and loss stay float32.
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
  fused_attention : bool
  onednn : bool

  # uint8 [B, S, S, C] -> float32 [B, N, E], normalised per channel; E in the order channel, row, column.
  def patches(self: __torch__.IJepa, images: Tensor, mean: Tensor, deviation: Tensor) -> Tensor:
    x = torch.div(torch.sub(torch.to(images, 6), mean), deviation)
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

  # [B, N, E] and indices [B, K] -> [B, K, E].
  def pick(self: __torch__.IJepa, x: Tensor, index: Tensor) -> Tensor:
    b = torch.size(x, 0)
    n = torch.size(x, 1)
    first = torch.mul(torch.unsqueeze(torch.arange(b, dtype=4, layout=None, device=index.device), 1), n)
    rows = torch.view(torch.add(index, first), [-1])
    picked = torch.index_select(torch.reshape(x, [torch.mul(b, n), torch.size(x, 2)]), 0, rows)
    return torch.view(picked, [b, torch.size(index, 1), torch.size(x, 2)])

  def linear(self: __torch__.IJepa, x: Tensor, matrix: Tensor, bias: Tensor) -> Tensor:
    weight = torch.view(matrix, [torch.size(bias, 0), -1])
    if self.mixed:
      y = torch.linear(torch.to(x, 15), weight, torch.to(bias, 15))
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
        y = ops.mkldnn._linear_pointwise(torch.to(x, 15), weight, torch.to(bias, 15), activation, no_scalars, "none")
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
    a = self.attend(torch.slice(q, 2, first), k, v)
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
    x0 = torch.add(torch.slice(x, 1, first), self.linear(merged, m[torch.add(at, 1)], v[torch.add(vat, 3)]))
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

  # Sizes of a network's matrices: `first` the patch embedding's or the predictor's entry, `last` 0 or the way back.
  def matrix_sizes(self: __torch__.IJepa, first: int, d: int, hidden: int, depth: int, last: int) -> List[int]:
    sizes = [first]
    for _0 in range(depth):
      _1 = torch.append(sizes, torch.mul(torch.mul(d, d), 3))
      _2 = torch.append(sizes, torch.mul(d, d))
      _3 = torch.append(sizes, torch.mul(d, hidden))
      _4 = torch.append(sizes, torch.mul(d, hidden))
    if torch.gt(last, 0):
      _5 = torch.append(sizes, last)
    return sizes

  # Sizes of a network's vectors: `first` leading tensors of d elements, then eight a block, then the final norm.
  def vector_sizes(self: __torch__.IJepa, first: int, d: int, hidden: int, depth: int, last: int) -> List[int]:
    sizes = annotate(List[int], [])
    for _0 in range(first):
      _1 = torch.append(sizes, d)
    for _2 in range(depth):
      _3 = torch.append(sizes, d)
      _4 = torch.append(sizes, d)
      _5 = torch.append(sizes, torch.mul(d, 3))
      _6 = torch.append(sizes, d)
      _7 = torch.append(sizes, d)
      _8 = torch.append(sizes, d)
      _9 = torch.append(sizes, hidden)
      _10 = torch.append(sizes, d)
    _11 = torch.append(sizes, d)
    _12 = torch.append(sizes, d)
    if torch.gt(last, 0):
      _13 = torch.append(sizes, last)
    return sizes

  # The encoder's matrices, and its vectors, as tensors of their own; E the elements of a patch.
  def encoder_matrices(self: __torch__.IJepa, matrices: Tensor, elements: int) -> List[Tensor]:
    return torch.split_with_sizes(matrices, self.matrix_sizes(torch.mul(self.width, elements), self.width, self.hidden, self.depth, 0))

  def encoder_vectors(self: __torch__.IJepa, vectors: Tensor) -> List[Tensor]:
    return torch.split_with_sizes(vectors, self.vector_sizes(1, self.width, self.hidden, self.depth, 0))

  def final_norm(self: __torch__.IJepa, x: Tensor, v: List[Tensor]) -> Tensor:
    at = torch.add(torch.mul(self.depth, 8), 1)
    return torch.layer_norm(x, [self.width], v[at], v[torch.add(at, 1)], self.norm_eps)

  # Patches [B, L, E] with their position embeddings [B, L, D] through blocks and final norm -> [B, L, D].
  def encode(self: __torch__.IJepa, matrices: Tensor, vectors: Tensor, patches: Tensor, positions: Tensor) -> Tensor:
    m = self.encoder_matrices(matrices, torch.size(patches, 2))
    v = self.encoder_vectors(vectors)
    x = torch.add(self.linear(patches, m[0], v[0]), positions)
    for i in range(self.depth):
      x = self.block(x, m, torch.add(torch.mul(i, 4), 1), v, torch.add(torch.mul(i, 8), 1), self.heads, 0)
    return self.final_norm(x, v)

  # The same without gradients for whole images: patches [B, N, E], positions [N, D] -> one [B, N, D] for each depth in `layers`
  # (counted from 1; the last layer after its norm, earlier ones as they leave their block). With `rows` only these tokens
  # of the last layer come out, [1, U, D].
  def encode_frozen(self: __torch__.IJepa, matrices: Tensor, vectors: Tensor, patches: Tensor, positions: Tensor, layers: List[int], rows: Optional[Tensor]) -> List[Tensor]:
    m = self.encoder_matrices(matrices, torch.size(patches, 2))
    v = self.encoder_vectors(vectors)
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
  def target(self: __torch__.IJepa, matrices: Tensor, vectors: Tensor, positions: Tensor, patches: Tensor, targets: Tensor) -> Tensor:
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
    x = self.encode_frozen(matrices, vectors, patches, positions, [self.depth], padded)[0]
    h = torch.view(torch.layer_norm(x, [self.width], None, None, self.target_norm_eps), [-1, self.width])
    picked = torch.index_select(h, 0, torch.index_select(place, 0, tokens))
    return torch.view(picked, [torch.mul(torch.size(targets, 0), b), -1, self.width])

  # Context encoder: only the context patches [B, K] of patches [B, N, E] are embedded and encoded -> [B, K, D].
  def context(self: __torch__.IJepa, matrices: Tensor, vectors: Tensor, positions: Tensor, patches: Tensor, index: Tensor) -> Tensor:
    at = torch.view(torch.index_select(positions, 0, torch.view(index, [-1])), [torch.size(index, 0), torch.size(index, 1), self.width])
    return self.encode(matrices, vectors, self.pick(patches, index), at)

  # Predictor: context tokens [B, K, D] at index [B, K], target indices [M, B, T] -> predictions [M B, T, D].
  def predict(self: __torch__.IJepa, matrices: Tensor, vectors: Tensor, positions: Tensor, tokens: Tensor, index: Tensor, targets: Tensor) -> Tensor:
    p = self.predictor_width
    size = torch.mul(p, self.width)
    m = torch.split_with_sizes(matrices, self.matrix_sizes(size, p, self.predictor_hidden, self.predictor_depth, size))
    v = torch.split_with_sizes(vectors, self.vector_sizes(2, p, self.predictor_hidden, self.predictor_depth, self.width))
    b = torch.size(index, 0)
    k = torch.size(index, 1)
    blocks = torch.size(targets, 0)
    t = torch.size(targets, 2)
    at_context = torch.view(torch.index_select(positions, 0, torch.view(index, [-1])), [b, k, p])
    context = torch.add(self.linear(tokens, m[0], v[1]), at_context)
    at_targets = torch.view(torch.index_select(positions, 0, torch.reshape(targets, [-1])), [torch.mul(blocks, b), t, p])
    masked = torch.add(at_targets, v[0])
    many = torch.reshape(torch.expand(torch.unsqueeze(context, 0), [blocks, b, k, p]), [torch.mul(blocks, b), k, p])
    x = torch.cat([many, masked], 1)
    for i in range(self.predictor_depth):
      # Of the last block only the targets' tokens are asked for.
      first = 0
      if torch.eq(i, torch.sub(self.predictor_depth, 1)):
        first = k
      x = self.block(x, m, torch.add(torch.mul(i, 4), 1), v, torch.add(torch.mul(i, 8), 2), self.predictor_heads, first)
    at = torch.add(torch.mul(self.predictor_depth, 8), 2)
    y = torch.layer_norm(x, [p], v[at], v[torch.add(at, 1)], self.norm_eps)
    return torch.to(self.linear(y, m[-1], v[torch.add(at, 2)]), 6)

  # Smooth L1 with beta 1, mean over everything.
  def loss(self: __torch__.IJepa, prediction: Tensor, target: Tensor) -> Tensor:
    return torch.smooth_l1_loss(prediction, target, 1, 1.)

  # Adds d(weight x loss)/d(leaf) to each leaf's part of the gradient; returns the loss.
  def backward(self: __torch__.IJepa, loss: Tensor, weight: Tensor, leaves: List[Tensor], gradient: List[Tensor]) -> Tensor:
    found = torch.grad([torch.mul(loss, weight)], leaves)
    i = 0
    for g in gradient:
      part = torch.detach(unchecked_cast(Tensor, found[i]))
      _0 = torch.add_(g, part)
      i = torch.add(i, 1)
    return torch.detach(loss)

  # AdamW in place on flat parts. plan = [lr, weight decay, beta1, beta2, eps]; the update's number counts from 1.
  def adamw(self: __torch__.IJepa, weights: List[Tensor], gradient: List[Tensor], first: List[Tensor], second: List[Tensor], plan: Tensor, number: List[Tensor]) -> List[Tensor]:
    torch._fused_adamw_(weights, gradient, first, second, annotate(List[Tensor], []), number, lr=float(plan[0]), beta1=float(plan[2]), beta2=float(plan[3]), weight_decay=float(plan[1]), eps=float(plan[4]), amsgrad=False, maximize=False)
    return weights

  # target <- momentum x target + (1 - momentum) x weights, part by part.
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

  # Consecutive parts of a flat tensor, as views.
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

  # Outputs of the blocks numbered in `layers` for whole images.
  def features(self: __torch__.IJepa, patches: Tensor, matrices: Tensor, vectors: Tensor, positions: Tensor, layers: Tensor) -> List[Tensor]:
    return self.encode_frozen(matrices, vectors, patches, positions, self.ints(layers), None)

  # x <- factor x x.
  def scale(self: __torch__.IJepa, x: Tensor, factor: Tensor) -> Tensor:
    _0 = torch.mul_(x, float(factor))
    return factor

  # Norm of the gradient, accumulated in float64.
  def norm(self: __torch__.IJepa, gradient: Tensor) -> Tensor:
    return torch.linalg_vector_norm(gradient, 2, dtype=7)

  def forward(self: __torch__.IJepa, x: Tensor) -> Tensor:
    return x
