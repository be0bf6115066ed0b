"""Routes of campaigns."""

from django.urls import path

from counterpoint.desk.campaigns import finding, listing, runs, snapshots

urlpatterns = [
    path("campaigns/", listing.campaigns, name="campaigns"),
    path("exports/", listing.disclosures, name="campaign_disclosures"),
    path("campaigns/snapshots/new/", snapshots.new, name="snapshot_new"),
    path("campaigns/snapshots/from-folder/", snapshots.point, name="snapshot_point"),
    path("campaigns/snapshots/<uuid:snapshot_id>/", snapshots.snapshot, name="snapshot"),
    path("campaigns/snapshots/<uuid:snapshot_id>/delete/", snapshots.delete, name="snapshot_delete"),
    path("campaigns/snapshots/<uuid:snapshot_id>/run/", runs.new, name="run_new"),
    path("campaigns/runs/<uuid:run_id>/", runs.run, name="run"),
    path("campaigns/findings/<uuid:finding_id>/", finding.finding, name="finding"),
    path("campaigns/findings/<uuid:finding_id>/posts/", finding.posts, name="finding_posts"),
    path("campaigns/findings/<uuid:finding_id>/judge/", finding.judge, name="finding_judge"),
    path("campaigns/findings/<uuid:finding_id>/act/", finding.act, name="finding_act"),
    path("campaigns/findings/<uuid:finding_id>/follow/", finding.follow, name="finding_follow"),
    path("campaigns/findings/<uuid:finding_id>/send/", finding.send, name="finding_send"),
    path("campaigns/findings/<uuid:finding_id>/export/", finding.export, name="finding_export"),
]
