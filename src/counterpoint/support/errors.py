"""What support refuses besides what casework refuses (`counterpoint.cases.errors`).

NotPossible
└── NoConsent      support may not begin: nobody has agreed to it
"""

from counterpoint.base.errors import NotPossible


class NoConsent(NotPossible):
    """Support begins only with consent. The message names the consent that is lacking, and what to do."""
