FLASK_APP=curator.app
