// SPDX-License-Identifier: Apache-2.0
#include "dive/store/schema.h"

namespace seine::dive {

namespace {

// What the agents count.
sql::Migration counts() {
  return {
      1,
      "counts",
      {
          // The next numbers to give out, how complete its counts are, how far pending counts are
          // in blocks (fold_*), and how often series were removed, which ends what others
          // remember of their numbers.
          "CREATE TABLE clusters (id BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
          " next_series BIGINT NOT NULL, next_pending BIGINT NOT NULL, next_audit BIGINT NOT NULL,"
          " series_count BIGINT NOT NULL, series_generation BIGINT NOT NULL,"
          " complete_until BIGINT NOT NULL,"
          " fold_until BIGINT NOT NULL, fold_next BIGINT NOT NULL)",
          // The last sequence of each method's epochs that was applied.
          "CREATE TABLE epochs (cluster BIGINT NOT NULL REFERENCES clusters (id),"
          " method BIGINT NOT NULL, epoch BYTEA NOT NULL, sequence BIGINT NOT NULL,"
          " heard BIGINT NOT NULL, PRIMARY KEY (cluster, method, epoch))",
          // Which buckets of a process's life were counted: packed ranges.
          "CREATE TABLE boots (cluster BIGINT NOT NULL REFERENCES clusters (id),"
          " instance BYTEA NOT NULL, boot BYTEA NOT NULL, counted BYTEA NOT NULL,"
          " heard BIGINT NOT NULL, redated BIGINT NOT NULL,"
          " PRIMARY KEY (cluster, instance, boot))",
          "CREATE TABLE series (cluster BIGINT NOT NULL REFERENCES clusters (id),"
          " id BIGINT NOT NULL, digest BYTEA NOT NULL, kind BIGINT NOT NULL,"
          " overflow BIGINT NOT NULL, direction BIGINT NOT NULL,"
          " reporter_namespace TEXT NOT NULL, reporter_workload TEXT NOT NULL,"
          " reporter_kind TEXT NOT NULL, reporter_version TEXT NOT NULL,"
          " target_service TEXT NOT NULL, target_namespace TEXT NOT NULL,"
          " target_port BIGINT NOT NULL, authority TEXT NOT NULL, route TEXT NOT NULL,"
          " peer_namespace TEXT NOT NULL, peer_workload TEXT NOT NULL, peer_kind TEXT NOT NULL,"
          " peer_version TEXT NOT NULL, peer_identity TEXT NOT NULL, no_tls_reason TEXT NOT NULL,"
          " http_status BIGINT NOT NULL, grpc_status BIGINT NOT NULL, cause TEXT NOT NULL,"
          " excluded BIGINT NOT NULL, PRIMARY KEY (cluster, id), UNIQUE (cluster, digest))",
          "CREATE INDEX series_by_reporter ON series"
          " (cluster, reporter_namespace, reporter_workload)",
          "CREATE INDEX series_by_target ON series (cluster, target_namespace, target_service)",
          "CREATE INDEX series_by_peer ON series (cluster, peer_namespace, peer_workload)",
          "CREATE TABLE blocks (cluster BIGINT NOT NULL, series BIGINT NOT NULL,"
          " resolution BIGINT NOT NULL, span BIGINT NOT NULL, counts BYTEA NOT NULL,"
          " PRIMARY KEY (cluster, series, resolution, span))",
          // What came since: not in blocks yet.
          "CREATE TABLE pending (cluster BIGINT NOT NULL REFERENCES clusters (id),"
          " id BIGINT NOT NULL, counts BYTEA NOT NULL, PRIMARY KEY (cluster, id))",
          "CREATE TABLE exemplars (cluster BIGINT NOT NULL, series BIGINT NOT NULL,"
          " hour BIGINT NOT NULL, place BIGINT NOT NULL, ended BIGINT NOT NULL,"
          " exemplar BYTEA NOT NULL, PRIMARY KEY (cluster, series, hour, place))",
          // The lives of pods, of which coverage is what should have been measured. Not ended: 0.
          "CREATE TABLE pods (cluster BIGINT NOT NULL REFERENCES clusters (id),"
          " namespace TEXT NOT NULL, pod TEXT NOT NULL, since BIGINT NOT NULL,"
          " workload TEXT NOT NULL, kind TEXT NOT NULL, ended BIGINT NOT NULL,"
          " PRIMARY KEY (cluster, namespace, pod, since))",
          "CREATE INDEX pods_by_workload ON pods (cluster, namespace, workload)",
          // What was done to counts that nobody would expect.
          "CREATE TABLE audit (cluster BIGINT NOT NULL REFERENCES clusters (id),"
          " id BIGINT NOT NULL, at BIGINT NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL,"
          " detail TEXT NOT NULL, PRIMARY KEY (cluster, id))",
          // Blocks that end by then may be gone, in whole seconds.
          "CREATE TABLE retention (resolution BIGINT NOT NULL PRIMARY KEY,"
          " gone_until BIGINT NOT NULL)",
          "INSERT INTO retention VALUES (0, 0), (1, 0), (2, 0)",
      }};
}

// What else is kept: src/dive/records.
sql::Migration records() {
  return {
      2,
      "records",
      {
          // Bodies are messages of dive/records/v1/records.proto.
          "CREATE TABLE workloads (cluster BIGINT NOT NULL REFERENCES clusters (id),"
          " namespace TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, body BYTEA NOT NULL,"
          " PRIMARY KEY (cluster, namespace, kind, name))",
          "CREATE TABLE services (cluster BIGINT NOT NULL REFERENCES clusters (id),"
          " namespace TEXT NOT NULL, name TEXT NOT NULL, body BYTEA NOT NULL,"
          " PRIMARY KEY (cluster, namespace, name))",
          // How far the two streams of state have come, by method as in epochs, and until when
          // the cluster has told.
          "CREATE TABLE streams (cluster BIGINT NOT NULL REFERENCES clusters (id),"
          " method BIGINT NOT NULL, known_until BIGINT NOT NULL, body BYTEA NOT NULL,"
          " PRIMARY KEY (cluster, method))",
          // Of all kinds, by the id that pages know, so that one index has them in the order of
          // a page. Of people's the cluster is 0: they may be about several. Times are
          // nanoseconds, for it is them that are compared; not over: ended is 0.
          "CREATE TABLE events (id TEXT COLLATE \"C\" NOT NULL PRIMARY KEY,"
          " kind BIGINT NOT NULL, cluster BIGINT NOT NULL, namespace TEXT NOT NULL,"
          " workload_kind TEXT NOT NULL, workload TEXT NOT NULL, is_over BIGINT NOT NULL,"
          " begins_nanos BIGINT NOT NULL, ended_nanos BIGINT NOT NULL, body BYTEA NOT NULL)",
          // With the end in it, so that what ended before a page's time is passed over unread.
          "CREATE INDEX events_by_begin ON events"
          " (is_over, begins_nanos DESC, id, ended_nanos)",
          "CREATE INDEX events_by_end ON events (is_over, ended_nanos)",
          "CREATE INDEX events_by_workload ON events"
          " (cluster, kind, namespace, workload, workload_kind)",
          "CREATE TABLE event_comments (event TEXT COLLATE \"C\" NOT NULL, place BIGINT NOT NULL,"
          " body BYTEA NOT NULL, PRIMARY KEY (event, place))",
          "CREATE TABLE objectives (name TEXT NOT NULL PRIMARY KEY, body BYTEA NOT NULL)",
          // Never the token itself.
          "CREATE TABLE join_tokens (digest BYTEA NOT NULL PRIMARY KEY, cluster TEXT NOT NULL,"
          " expires BIGINT NOT NULL, used_by BYTEA NOT NULL)",
          // By name: who has joined may have told nothing yet, and has no number then.
          "CREATE TABLE cluster_keys (cluster TEXT NOT NULL PRIMARY KEY,"
          " joined BIGINT NOT NULL, public_key BYTEA NOT NULL)",
      }};
}

const std::vector<sql::Migration>& all_migrations() {
  static const std::vector<sql::Migration> kMigrations = {counts(), records()};
  return kMigrations;
}

const std::vector<Table>& all_tables() {
  static const std::vector<Table> kTables = {
      {"clusters",
       {"id", "name", "next_series", "next_pending", "next_audit", "series_count",
        "series_generation", "complete_until", "fold_until", "fold_next"},
       1},
      {"epochs", {"cluster", "method", "epoch", "sequence", "heard"}, 3},
      {"boots", {"cluster", "instance", "boot", "counted", "heard", "redated"}, 3},
      {"series",
       {"cluster",
        "id",
        "digest",
        "kind",
        "overflow",
        "direction",
        "reporter_namespace",
        "reporter_workload",
        "reporter_kind",
        "reporter_version",
        "target_service",
        "target_namespace",
        "target_port",
        "authority",
        "route",
        "peer_namespace",
        "peer_workload",
        "peer_kind",
        "peer_version",
        "peer_identity",
        "no_tls_reason",
        "http_status",
        "grpc_status",
        "cause",
        "excluded"},
       2},
      {"blocks", {"cluster", "series", "resolution", "span", "counts"}, 4},
      {"pending", {"cluster", "id", "counts"}, 2},
      {"exemplars", {"cluster", "series", "hour", "place", "ended", "exemplar"}, 4},
      {"pods", {"cluster", "namespace", "pod", "since", "workload", "kind", "ended"}, 4},
      {"audit", {"cluster", "id", "at", "kind", "subject", "detail"}, 2},
      {"retention", {"resolution", "gone_until"}, 1},
      {"workloads", {"cluster", "namespace", "kind", "name", "body"}, 4, 2},
      {"services", {"cluster", "namespace", "name", "body"}, 3, 2},
      {"streams", {"cluster", "method", "known_until", "body"}, 2, 2},
      {"events",
       {"id", "kind", "cluster", "namespace", "workload_kind", "workload", "is_over",
        "begins_nanos", "ended_nanos", "body"},
       1,
       2},
      {"event_comments", {"event", "place", "body"}, 2, 2},
      {"objectives", {"name", "body"}, 1, 2},
      {"join_tokens", {"digest", "cluster", "expires", "used_by"}, 1, 2},
      {"cluster_keys", {"cluster", "joined", "public_key"}, 1, 2},
  };
  return kTables;
}

}  // namespace

std::span<const sql::Migration> migrations() {
  return all_migrations();
}

std::span<const Table> tables() {
  return all_tables();
}

}  // namespace seine::dive
