// SPDX-License-Identifier: Apache-2.0
// Java's HttpClient asks the application, by HTTP/1.1 or offering an upgrade to HTTP/2, which is what
// it does unless told otherwise; see cases.py.
//
//     HttpClientCases 1|2 http://ADDRESS:PORT CASE...

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Arrays;

public final class HttpClientCases {
  private static final byte[] ONE = {'a'};
  private static final byte[] MIB = new byte[1 << 20];

  private final HttpClient client;
  private final String base;

  private HttpClientCases(HttpClient client, String base) {
    this.client = client;
    this.base = base;
  }

  private static void require(boolean holds, String why) {
    if (!holds) throw new IllegalStateException(why);
  }

  private HttpRequest.Builder to(String path) {
    return HttpRequest.newBuilder(URI.create(base + path)).timeout(Duration.ofSeconds(20));
  }

  private HttpResponse<byte[]> ask(HttpRequest.Builder request, int status, byte[] wanted)
      throws Exception {
    HttpResponse<byte[]> answer = client.send(request.build(), BodyHandlers.ofByteArray());
    require(answer.statusCode() == status, "status " + answer.statusCode());
    require(Arrays.equals(answer.body(), wanted), answer.body().length + " bytes, or others");
    return answer;
  }

  private void post(BodyPublisher body, byte[] wanted, boolean waits) throws Exception {
    ask(to("/echo").POST(body).expectContinue(waits), 200, wanted);
  }

  private void head() throws Exception {
    var answer = ask(to("/mib").method("HEAD", BodyPublishers.noBody()), 200, new byte[0]);
    require(answer.headers().firstValue("content-length").orElse("").equals("1048576"),
        "another length");
  }

  private void cut(String path) throws Exception {
    int length;
    try {
      length = client.send(to(path).build(), BodyHandlers.ofByteArray()).body().length;
    } catch (IOException expected) {
      return;
    }
    throw new IllegalStateException(length + " bytes were taken for all");
  }

  private void early() throws Exception {
    var request = to("/early").POST(BodyPublishers.ofByteArray(new byte[8 << 20])).build();
    int status = client.send(request, BodyHandlers.discarding()).statusCode();
    require(status == 413, "status " + status);
  }

  private void run(String name) throws Exception {
    switch (name) {
      case "one" -> ask(to("/one"), 200, ONE);
      case "mib" -> ask(to("/mib"), 200, MIB);
      case "chunked" -> ask(to("/chunked"), 200, MIB);
      case "post_one" -> post(BodyPublishers.ofByteArray(ONE), ONE, false);
      case "post_mib" -> post(BodyPublishers.ofByteArray(MIB), MIB, false);
      case "post_chunked" ->
          post(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(MIB)), MIB, false);
      case "expect_continue" -> post(BodyPublishers.ofByteArray(MIB), MIB, true);
      case "head" -> head();
      case "nothing" -> ask(to("/nothing"), 204, new byte[0]);
      case "same" -> ask(to("/same"), 304, new byte[0]);
      case "hints" -> ask(to("/hints"), 200, ONE);
      case "cut" -> cut("/cut");
      case "cut_chunked" -> cut("/cut-chunked");
      case "early" -> early();
      case "client_close" -> {
        ask(to("/one").header("connection", "close"), 200, ONE);
        ask(to("/one"), 200, ONE);
      }
      case "server_close" -> {
        ask(to("/close"), 200, ONE);
        ask(to("/one"), 200, ONE);
      }
      case "fifty" -> {
        for (int i = 0; i < 50; ++i) ask(to("/one"), 200, ONE);
      }
      default -> throw new IllegalArgumentException("no such case");
    }
  }

  public static void main(String[] arguments) {
    for (int i = 0; i < MIB.length; ++i) MIB[i] = (byte) ('a' + i % 26);
    var version = arguments[0].equals("1") ? HttpClient.Version.HTTP_1_1 : HttpClient.Version.HTTP_2;
    var client = HttpClient.newBuilder().version(version).build();
    var cases = new HttpClientCases(client, arguments[1]);
    for (String name : Arrays.asList(arguments).subList(2, arguments.length)) {
      try {
        cases.run(name);
        System.out.println("ok " + name);
      } catch (Exception error) {
        System.out.println("FAIL " + name + " " + error);
      }
    }
    System.exit(0);
  }
}
