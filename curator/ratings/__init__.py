"""What raters say of photos: entering, saving, claims and queues, consensus, rulings, agreement."""
