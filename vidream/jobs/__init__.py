"""What a caller asks for: a film, a zoom, a music visual, a picture, a sheet of looks, a batch of them."""
