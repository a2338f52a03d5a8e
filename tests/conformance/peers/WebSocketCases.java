// SPDX-License-Identifier: Apache-2.0
// Java's WebSocket talks to the application; see websocket_cases.py.
//
//     WebSocketCases ws://ADDRESS:PORT CASE...

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

public final class WebSocketCases {
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static String base;

  // What came, each as a sentence.
  private static final class Heard implements WebSocket.Listener {
    private final LinkedBlockingQueue<String> events = new LinkedBlockingQueue<>();
    private final StringBuilder message = new StringBuilder();

    private CompletionStage<?> part(WebSocket socket, CharSequence data, boolean last) {
      message.append(data);
      if (last) {
        events.add("message " + message);
        message.setLength(0);
      }
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      return part(socket, data, last);
    }

    @Override
    public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
      return part(socket, StandardCharsets.US_ASCII.decode(data), last);
    }

    @Override
    public CompletionStage<?> onPong(WebSocket socket, ByteBuffer data) {
      events.add("pong " + StandardCharsets.US_ASCII.decode(data));
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      events.add("close " + code + " " + reason);
      return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      events.add("error " + error);
    }

    void expect(String start) throws Exception {
      String event = events.poll(15, TimeUnit.SECONDS);
      if (event == null || !event.startsWith(start)) {
        String seen = event == null ? "nothing" : event;
        throw new IllegalStateException(
            seen.substring(0, Math.min(80, seen.length())) + " came instead of "
                + start.substring(0, Math.min(80, start.length())));
      }
    }
  }

  private static WebSocket open(String path, Heard heard, String... protocols) throws Exception {
    var builder = CLIENT.newWebSocketBuilder();
    if (protocols.length > 0) builder.subprotocols(protocols[0], protocols[1]);
    return builder.buildAsync(URI.create(base + path), heard).get(15, TimeUnit.SECONDS);
  }

  private static void finish(WebSocket socket, Heard heard) throws Exception {
    socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(15, TimeUnit.SECONDS);
    heard.expect("close 1000");
  }

  private static void echo(WebSocket socket, Heard heard, String message) throws Exception {
    socket.sendText(message, true).get(15, TimeUnit.SECONDS);
    heard.expect("message " + message);
  }

  private static void binary(WebSocket socket, Heard heard) throws Exception {
    String big = "abcdefghijklmnop".repeat(1 << 16);
    socket.sendBinary(StandardCharsets.US_ASCII.encode(big), true).get(15, TimeUnit.SECONDS);
    heard.expect("message " + big);
  }

  private static void refused(Heard heard) throws Exception {
    try {
      open("/refused", heard);
      throw new IllegalStateException("it was let in");
    } catch (ExecutionException error) {
      if (!(error.getCause() instanceof WebSocketHandshakeException)) throw error;
      int status = ((WebSocketHandshakeException) error.getCause()).getResponse().statusCode();
      if (status != 403) throw new IllegalStateException("status " + status);
    }
  }

  private static void run(String name) throws Exception {
    var heard = new Heard();
    if (name.equals("refused")) {
      refused(heard);
      return;
    }
    var socket = switch (name) {
      case "greeting" -> open("/greets", heard);
      case "subprotocol" -> open("/ws", heard, "other", "echo");
      default -> open("/ws", heard);
    };
    switch (name) {
      case "text" -> echo(socket, heard, "grüße");
      case "binary" -> binary(socket, heard);
      case "many" -> {
        for (int i = 0; i < 200; ++i) echo(socket, heard, "message " + i);
      }
      case "fragments" -> {
        for (String part : new String[] {"one ", "two ", "three"}) {
          socket.sendText(part, part.equals("three")).get(15, TimeUnit.SECONDS);
        }
        heard.expect("message one two three");
      }
      case "ping" -> {
        socket.sendPing(StandardCharsets.US_ASCII.encode("are you there"));
        heard.expect("pong are you there");
      }
      case "greeting" -> heard.expect("message welcome");
      case "subprotocol" -> {
        if (!socket.getSubprotocol().equals("echo")) {
          throw new IllegalStateException("subprotocol " + socket.getSubprotocol());
        }
      }
      case "client_close" -> {
        socket.sendClose(4001, "enough").get(15, TimeUnit.SECONDS);
        heard.expect("close 4001");
        return;
      }
      case "server_close" -> {
        socket.sendText("close 4002", true);
        heard.expect("close 4002 as asked");
        return;
      }
      case "vanish" -> {
        socket.sendText("vanish", true);
        heard.expect("close 1006");
        return;
      }
      default -> throw new IllegalArgumentException("no such case");
    }
    finish(socket, heard);
  }

  public static void main(String[] arguments) {
    base = arguments[0];
    for (String name : Arrays.asList(arguments).subList(1, arguments.length)) {
      try {
        run(name);
        System.out.println("ok " + name);
      } catch (Exception error) {
        System.out.println("FAIL " + name + " " + error);
      }
    }
    System.exit(0);
  }
}
