// SPDX-License-Identifier: Apache-2.0
#include "dive/store/schema.h"

namespace seine::dive {

namespace {

const std::vector<sql::Migration>& all_migrations() {
  static const std::vector<sql::Migration> kMigrations = {
      {1,
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
       }},
  };
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
