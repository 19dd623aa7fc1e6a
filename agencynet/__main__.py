from agencynet.cli import app

app()
