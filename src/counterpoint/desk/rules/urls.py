"""Routes of the rules."""

from django.urls import path

from counterpoint.desk.rules import answering, drafts, moving, overview, results, sandbox, trying

_DRAFT = "rules/drafts/<uuid:draft_id>/"
_TRIAL = _DRAFT + "sandbox/<uuid:trial_id>/"
_BACKTEST = _DRAFT + "backtests/<uuid:backtest_id>/"

urlpatterns = [
    path("rules/", overview.page, name="rules"),
    path("rules/pack.zip", overview.archive, name="rules_archive"),
    path("rules/files/<path:path>", overview.file, name="rules_file"),
    path("rules/tables/<slug:table_hash>/", overview.table, name="rules_table"),
    path("rules/moves/", moving.page, name="rule_moves"),
    path("rules/moves/<uuid:move_id>/", moving.move, name="rule_move"),
    path("rules/moves/<uuid:move_id>/stop/", moving.stop, name="rule_move_stop"),
    path("rules/moves/of/<str:process_id>/", moving.start, name="rule_move_start"),
    path("rules/roll-back/", answering.roll_back, name="rules_roll_back"),
    path("rules/drafts/new/", drafts.new, name="rule_draft_new"),
    path(_DRAFT, drafts.page, name="rule_draft"),
    path(_DRAFT + "upload/", drafts.upload, name="rule_draft_upload"),
    path(_DRAFT + "remove/", drafts.remove, name="rule_draft_remove"),
    path(_DRAFT + "renew/", drafts.renew, name="rule_draft_renew"),
    path(_DRAFT + "pack.zip", drafts.archive, name="rule_draft_archive"),
    path(_DRAFT + "files/<path:path>", drafts.file, name="rule_draft_file"),
    path(_DRAFT + "difference/", drafts.difference, name="rule_draft_difference"),
    path(_DRAFT + "shadow/", results.shadow, name="rule_draft_shadow"),
    path(_DRAFT + "backtests/", results.start, name="rule_backtest_start"),
    path(_BACKTEST, results.backtest, name="rule_backtest"),
    path(_BACKTEST + "stop/", results.stop, name="rule_backtest_stop"),
    path(_BACKTEST + "counts.csv", results.counts, name="rule_backtest_counts"),
    path(_DRAFT + "try/", trying.page, name="rule_draft_try"),
    path(_DRAFT + "sandbox/", sandbox.page, name="rule_draft_sandbox"),
    path(_TRIAL, sandbox.trial, name="rule_trial"),
    path(_TRIAL + "delete/", sandbox.delete, name="rule_trial_delete"),
    path(_DRAFT + "approve/", answering.approve, name="rule_draft_approve"),
    path(_DRAFT + "live/", answering.go_live, name="rule_draft_live"),
    path(_DRAFT + "withdraw/", answering.withdraw, name="rule_draft_withdraw"),
]
