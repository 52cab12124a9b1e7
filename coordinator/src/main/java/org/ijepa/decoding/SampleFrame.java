package org.ijepa.decoding;

import akka.util.ByteString;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.ijepa.batch.BadAttempt;
import org.ijepa.batch.SampleDecoding.Decoded;

/**
 * A decoded sample as bytes: length of all that follows, length of the head, the head in CBOR, the
 * pixels as they are; lengths in four bytes, the most significant first. Sent in pieces, so that
 * demand is counted in pieces of a known size and no message is large.
 */
record SampleFrame(long id, Decoded decoded, ByteString pixels) {
  /** Bytes of a piece. */
  static final int PIECE = 128 << 10;

  /** Room for the head: 64 bad tries with names of up to 1,024 bytes. */
  private static final int MOST_HEAD = 256 << 10;

  private static final ObjectMapper CBOR = new ObjectMapper(new CBORFactory());

  private record Head(long id, int attempt, List<BadAttempt> bad) {}

  /** The longest frame of images of so many bytes. */
  static int longest(int imageBytes) {
    return 2 * Integer.BYTES + MOST_HEAD + imageBytes;
  }

  /** The frame in pieces. */
  List<ByteString> pieces() {
    byte[] head;
    try {
      head = CBOR.writeValueAsBytes(new Head(id, decoded.attempt(), decoded.bad()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    ByteBuffer lengths = ByteBuffer.allocate(2 * Integer.BYTES);
    lengths.putInt(Integer.BYTES + head.length + pixels.size()).putInt(head.length).flip();
    ByteString all =
        ByteString.fromByteBuffer(lengths).concat(ByteString.fromArray(head)).concat(pixels);
    List<ByteString> pieces = new ArrayList<>();
    for (int at = 0; at < all.size(); at += PIECE) {
      pieces.add(all.slice(at, Math.min(all.size(), at + PIECE)));
    }
    return pieces;
  }

  /**
   * Reads a whole frame.
   *
   * @throws UncheckedIOException if it is none
   */
  static SampleFrame read(ByteString frame) {
    ByteBuffer lengths = frame.take(2 * Integer.BYTES).asByteBuffer();
    int length = lengths.remaining() < 2 * Integer.BYTES ? -1 : lengths.getInt(Integer.BYTES);
    ByteString rest = frame.drop(2 * Integer.BYTES);
    if (length < 0 || length > rest.size()) {
      throw new UncheckedIOException(
          new IOException("a frame of " + frame.size() + " bytes with a head of " + length));
    }
    try {
      Head head = CBOR.readValue(rest.take(length).toArray(), Head.class);
      return new SampleFrame(head.id(), new Decoded(head.attempt(), head.bad()), rest.drop(length));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
