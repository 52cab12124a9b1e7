package org.ijepa.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two nodes, the second of which listens behind a relay. */
@Timeout(60)
class RelaysTest {
  private static final String ONE = "127.0.0.2";
  private static final String OTHER = "127.0.0.3";

  /** For so long nothing comes that must not. */
  private static final int SILENT_MILLIS = 300;

  private static final long END = 1000;

  @TempDir Path run;
  private final AtomicLong now = new AtomicLong();
  private Relays relays;
  private ServerSocket node;
  private int port;

  @BeforeEach
  void open() throws IOException {
    relays = new Relays(run, () -> Instant.ofEpochMilli(now.get()), line -> {});
    node = new ServerSocket(0, 1, InetAddress.getByName(OTHER));
    port = relays.open(OTHER, node.getLocalPort());
  }

  @AfterEach
  void close() throws IOException {
    relays.close();
    node.close();
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket();
    socket.bind(new InetSocketAddress(ONE, 0));
    socket.connect(new InetSocketAddress(OTHER, port));
    return socket;
  }

  private void cutOff(String... hosts) throws IOException {
    new Partition(Set.of(hosts), END).write(run);
    relays.look();
  }

  private static void assertSilent(Socket socket) throws IOException {
    socket.setSoTimeout(SILENT_MILLIS);
    assertThatThrownBy(() -> socket.getInputStream().read())
        .isInstanceOf(SocketTimeoutException.class);
    socket.setSoTimeout(0);
  }

  private static void assertCarries(Socket from, Socket to, int value) throws IOException {
    from.getOutputStream().write(value);
    assertThat(to.getInputStream().read()).isEqualTo(value);
  }

  @Test
  void shouldHoldBackWhatIsSentDuringAPartitionAndBringItAfterwards() throws Exception {
    try (Socket near = connect();
        Socket far = node.accept()) {
      assertCarries(near, far, 1);
      assertCarries(far, near, 2);
      cutOff(ONE);
      near.getOutputStream().write(3);
      far.getOutputStream().write(4);
      assertSilent(far);
      assertSilent(near);
      now.set(END);
      assertThat(far.getInputStream().read()).isEqualTo(3);
      assertThat(near.getInputStream().read()).isEqualTo(4);
    }
  }

  @Test
  void shouldNeitherConnectNorEndAConnectionThroughAPartition() throws Exception {
    try (Socket near = connect();
        Socket far = node.accept()) {
      assertCarries(near, far, 1);
      cutOff(OTHER);
      near.shutdownOutput();
      assertSilent(far);
      node.setSoTimeout(SILENT_MILLIS);
      try (Socket late = connect()) {
        assertThatThrownBy(node::accept).isInstanceOf(SocketTimeoutException.class);
        now.set(END);
        assertThat(far.getInputStream().read()).isEqualTo(-1);
        node.setSoTimeout(0);
        try (Socket heard = node.accept()) {
          assertCarries(late, heard, 2);
        }
      }
    }
  }

  @Test
  void shouldCarryBetweenNodesOfOneSide() throws Exception {
    cutOff(ONE, OTHER);
    try (Socket near = connect();
        Socket far = node.accept()) {
      assertCarries(near, far, 1);
    }
  }

  @Test
  void shouldEndAConnectionToNobody() throws Exception {
    node.close();
    try (Socket near = connect()) {
      assertThat(near.getInputStream().read()).isEqualTo(-1);
    }
  }
}
