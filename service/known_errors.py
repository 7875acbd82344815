"""Errors that the command line shows as one line, because their text says what to do."""

from typing import Final

from campaigns.errors import CampaignError
from dialer.errors import DialerError
from ivr.errors import IvrError
from service.errors import ServiceError
from service.pbx.errors import PbxError
from store.errors import StoreError

KNOWN: Final = (CampaignError, DialerError, IvrError, ServiceError, PbxError, StoreError)
